from django.urls import path

from lights.views import healthz, lights

urlpatterns = [
    path("healthz", healthz),
    path("api/lights/", lights),
]
