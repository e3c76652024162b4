"""Where a local authority publishes. Every certificate that it issued names these addresses: never change them."""

from django.urls import path

from revocation.authorities.local import views

app_name = "pki"
urlpatterns = [
    path("<slug:slug>/crl.der", views.crl_der, name="crl-der"),
    path("<slug:slug>/crl.pem", views.crl_pem, name="crl-pem"),
    path("<slug:slug>/crl/<row:number>.der", views.shard_der, name="crl-shard"),
    path("<slug:slug>/ca.crt", views.ca_der, name="ca-der"),
    path("<slug:slug>/ca.pem", views.ca_pem, name="ca-pem"),
    path("<slug:slug>/ocsp", views.ocsp_post, name="ocsp"),
    path("<slug:slug>/ocsp/<path:encoded>", views.ocsp_get, name="ocsp-get"),
]
