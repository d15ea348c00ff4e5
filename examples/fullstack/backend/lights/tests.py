"""Against a real PostgreSQL: PGHOST and its like say where."""

from django.db import connection
from django.test import TestCase, override_settings

from lights.models import Light


class Api(TestCase):
    def test_says_which_commit_it_is(self):
        with override_settings(COMMIT="c0ffee"):
            self.assertEqual(self.client.get("/healthz").json(), {"commit": "c0ffee", "database": "ok"})

    def test_lists_lights_by_name(self):
        for name, period in [("Fastnet", 5), ("Bishop Rock", 15)]:
            Light.objects.create(name=name, period=period)
        expected = [{"name": "Bishop Rock", "period": 15}, {"name": "Fastnet", "period": 5}]
        self.assertEqual(self.client.get("/api/lights/").json(), expected)

    def test_only_reads(self):
        self.assertEqual(self.client.post("/api/lights/").status_code, 405)

    @override_settings(FRONTEND_ORIGIN="https://lighthouse.example")
    def test_lets_the_front_end_read_it(self):
        answer = self.client.get("/api/lights/")
        self.assertEqual(answer["Access-Control-Allow-Origin"], "https://lighthouse.example")

    def test_is_kept_in_postgresql(self):
        self.assertEqual(connection.vendor, "postgresql")
        self.assertEqual(str(Light(name="Fastnet", period=5)), "Fastnet, every 5 s")
