from django.conf import settings
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.http import require_safe

from lights.models import Light


@require_safe
def healthz(request):
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return JsonResponse({"commit": settings.COMMIT, "database": "ok"})


@require_safe
def lights(request):
    response = JsonResponse(list(Light.objects.values("name", "period")), safe=False)
    if settings.FRONTEND_ORIGIN:
        response["Access-Control-Allow-Origin"] = settings.FRONTEND_ORIGIN
        response["Vary"] = "Origin"
    return response
