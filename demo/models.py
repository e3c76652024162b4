"""What the customers of the demo have published in their own DNS and on their own web servers."""

from django.db import models


class PublishedRecord(models.Model):
    """A record in the demo's DNS. `kind` is TXT or CNAME."""

    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=5)
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "kind", "value"], name="one_demo_record_each")]

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {self.value}"


class PublishedFile(models.Model):
    """A file on the demo's web server."""

    host = models.CharField(max_length=255)
    path = models.CharField(max_length=255)
    content = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "path"], name="one_demo_file_each")]

    def __str__(self) -> str:
        return f"http://{self.host}{self.path}"
