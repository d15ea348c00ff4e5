from django.db import models


class Light(models.Model):
    name = models.CharField(max_length=80, unique=True)
    period = models.PositiveSmallIntegerField(help_text="Seconds from one flash to the next.")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return f"{self.name}, every {self.period} s"
