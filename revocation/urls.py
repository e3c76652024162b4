"""The customers' addresses."""

from django.urls import path

from revocation.views import (
    certificates,
    delegations,
    deploying,
    downloading,
    filing,
    letters,
    ownership,
    receipts,
    requests,
    together,
    watching,
    webhooks,
)

urlpatterns = [
    path("certificates/", certificates.certificate_list, name="certificates"),
    path("certificates/together/", together.together, name="together"),
    path("together/<int:pk>/", together.joint, name="joint"),
    path("together/<int:pk>/submit/", together.submit, name="joint_submit"),
    path("certificates/<int:pk>/", certificates.certificate_page, name="certificate"),
    path("certificates/<int:pk>/revoke/", filing.revoke, name="revoke"),
    path("certificates/<int:pk>/assisted/", filing.assisted, name="assisted"),
    path("certificates/<int:pk>/download/", downloading.download, name="download"),
    path("certificates/<int:pk>/deploy/", deploying.deploy, name="deploy"),
    path("certificates/<int:pk>/delete/", certificates.delete, name="delete"),
    path("deployments/<int:pk>/undeploy/", deploying.undeploy, name="undeploy"),
    path("receipts/<int:pk>/receipt.<str:form>", receipts.receipt, name="receipt"),
    path("certificates/<int:pk>/watch/", watching.watch, name="watch"),
    path("watchers/<int:pk>/remove/", watching.unwatch, name="unwatch"),
    path("webhooks/", webhooks.hooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhooks.hook, name="webhook"),
    path("webhooks/<int:pk>/act/", webhooks.act, name="webhook_act"),
    path("webhooks/messages/<int:pk>/again/", webhooks.again, name="delivery_again"),
    path("requests/", requests.request_list, name="requests"),
    path("requests/<int:pk>/", requests.request_page, name="request"),
    path("requests/<int:pk>/reason/", requests.reason, name="reason"),
    path("requests/<int:pk>/submit/", requests.submit, name="submit"),
    path("requests/<int:pk>/discard/", requests.discard, name="discard"),
    path("requests/<int:pk>/letter/", letters.letter, name="letter"),
    path("requests/<int:pk>/letter/template.pdf", letters.template, name="letter_template"),
    path("requests/<int:pk>/letter/check/", letters.check, name="letter_check"),
    path("requests/<int:pk>/letter/keep/", letters.keep, name="letter_keep"),
    path("requests/<int:pk>/letter/drop/", letters.drop, name="letter_drop"),
    path("requests/<int:pk>/letter/held/<int:held>/pages/<int:number>/", letters.held_picture, name="held_picture"),
    path("requests/<int:pk>/letter/<int:letter>/file/", letters.file, name="letter_file"),
    path("requests/<int:pk>/letter/<int:letter>/pages/<int:number>/", letters.picture, name="letter_picture"),
    path("requests/<int:pk>/ownership/", ownership.ownership_page, name="ownership"),
    path("requests/<int:pk>/ownership/check/", ownership.check, name="ownership_check"),
    path("requests/<int:pk>/ownership/method/", ownership.method, name="ownership_method"),
    path("delegations/", delegations.delegation_list, name="delegations"),
    path("delegations/<int:pk>/", delegations.delegation_page, name="delegation"),
    path("delegations/<int:pk>/check/", delegations.check, name="delegation_check"),
    path("delegations/<int:pk>/remove/", delegations.remove, name="delegation_remove"),
]

public = [
    path("receipts/keys/<slug:key_id>.pem", receipts.signing_key, name="receipt_key"),
]
"""For everybody, without logging in."""
