"""`/demo/`, only where DEMO is on."""

from django.urls import path

from demo import views

urlpatterns = [
    path("", views.demo, name="demo"),
    path("publish/<row:pk>/", views.publish, name="demo_publish"),
    path("record/", views.publish_record, name="demo_record"),
    path("remove/<str:kind>/<row:pk>/", views.remove, name="demo_remove"),
]
