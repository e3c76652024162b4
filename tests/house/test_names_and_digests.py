"""Migration 0031 on a portal that is in use: existing certificates and evidence are found afterwards too."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from revocation.models import Actor, Certificate, CertificateName, EvidencePicture
from tests.conftest import MakeCertificate
from tests.people import submitted

pytestmark = pytest.mark.django_db
MIGRATION = import_module("revocation.migrations.0031_finding_reuse_and_by_hand")


def test_names_are_spelt_and_digests_kept_for_what_is_there_already(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MIGRATION, "TOGETHER", 2)
    made = [make_certificate(names=(f"n{n}.aurora.example", "*.xn--strae-oqa.aurora.example")) for n in range(5)]
    case = submitted(made[0], alice, assisted=True)
    texts = dict(Certificate.objects.values_list("pk", "search_text"))
    digests = set(EvidencePicture.objects.values_list("sha256", flat=True))
    assert digests
    CertificateName.objects.all().delete()
    EvidencePicture.objects.all().delete()
    for one in made:
        old = "\n".join(word for word in one.search_text.split("\n") if "ß" not in word)
        Certificate.objects.filter(pk=one.pk).update(search_text=old)
    editor = connection.schema_editor()
    editor.execute = lambda *_args, **_more: None  # type: ignore[method-assign]
    MIGRATION.spell(apps, editor)
    MIGRATION.keep_digests(apps, editor)
    for one in made:
        kept = set(CertificateName.objects.filter(certificate=one).values_list("name", flat=True))
        assert kept == {row.name for row in one.name_rows()}
        assert "straße.aurora.example" in kept
    assert {pk: set(text.split("\n")) for pk, text in Certificate.objects.values_list("pk", "search_text")} == {
        pk: set(text.split("\n")) for pk, text in texts.items()
    }
    assert set(case.evidence.get().digests.values_list("sha256", flat=True)) == digests
