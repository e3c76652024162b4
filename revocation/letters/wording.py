"""The words of the two letters, Chinese first (routes F2 and F4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """`kind`: its name in file names. `statements`: pairs of Chinese and English; `joint`: the same for a letter with a
    list of certificates."""

    kind: str
    title: tuple[str, str]
    statements: tuple[tuple[str, str], ...]
    joint: tuple[tuple[str, str], ...]


APPLICATION = Wording(
    kind="application",
    title=("证书吊销申请表", "Application for Certificate Revocation"),
    statements=(
        (
            "我单位申请吊销下列数字证书，并确认所填信息真实、准确。",
            "We request the revocation of the digital certificate below. The information given is true and accurate.",
        ),
        (
            "我单位知悉：证书一经吊销即不可恢复，使用该证书的网站和服务将不再受信任。",
            "We understand that a revocation cannot be undone. "
            "Sites and services that use this certificate will no longer be trusted.",
        ),
    ),
    joint=(
        (
            "我单位申请吊销后页清单所列的全部数字证书，并确认所填信息真实、准确。",
            "We request the revocation of all digital certificates in the attached list. "
            "The information given is true and accurate.",
        ),
        (
            "我单位知悉：证书一经吊销即不可恢复，使用这些证书的网站和服务将不再受信任。",
            "We understand that a revocation cannot be undone. "
            "Sites and services that use these certificates will no longer be trusted.",
        ),
    ),
)
"""Route F2."""

CONFIRMATION = Wording(
    kind="confirmation",
    title=("证书吊销确认函", "Confirmation of Certificate Revocation"),
    statements=(
        (
            "我单位确认：下列数字证书由我单位持有，现要求颁发机构将其吊销。",
            "We hold the digital certificate below and ask its CA to revoke it.",
        ),
        (
            "我单位已确认不再使用该证书，知悉吊销不可恢复，并承担由此产生的后果。",
            "We no longer use this certificate. We understand that a revocation cannot be undone "
            "and accept the consequences.",
        ),
    ),
    joint=(
        (
            "我单位确认：后页清单所列的全部数字证书由我单位持有，现要求颁发机构将其吊销。",
            "We hold all digital certificates in the attached list and ask their CAs to revoke them.",
        ),
        (
            "我单位已确认不再使用这些证书，知悉吊销不可恢复，并承担由此产生的后果。",
            "We no longer use these certificates. We understand that a revocation cannot be undone "
            "and accept the consequences.",
        ),
    ),
)
"""Route F4."""

LABELS: dict[str, tuple[str, str]] = {
    "request_number": ("申请编号", "Request number"),
    "organisation": ("单位名称", "Organisation"),
    "names": ("证书域名", "Names in the certificate"),
    "issuer": ("颁发者", "Issuer"),
    "serial_number": ("证书序列号", "Serial number"),
    "fingerprint": ("SHA-256 指纹", "SHA-256 fingerprint"),
    "validity": ("有效期", "Validity"),
    "reason": ("吊销原因", "Reason"),
    "explanation": ("原因说明", "Explanation"),
}
"""The rows of the table: the field of `LetterFields`, and its label."""

JOINT_LABELS: dict[str, tuple[str, str]] = {
    "number": ("合并申请编号", "Joint filing number"),
    "organisation": ("单位名称", "Organisation"),
    "count": ("证书数量", "Certificates"),
    "digest": ("清单校验值", "Checksum of the list"),
    "reason": ("吊销原因", "Reason"),
    "explanation": ("原因说明", "Explanation"),
}
"""The same for a letter with a list."""
COUNT = "{count} 张，见第 2 页起的清单  ·  {count}, listed from page 2 on"
SEVERAL_REASONS = "见清单  ·  see the list"
LISTED = ("证书清单", "Certificates")
LISTED_SERIAL = "序列号 Serial"

SIGNATURE = (
    ("经办人签字", "Signature"),
    ("姓名（正楷）", "Name in print"),
    ("联系电话", "Telephone"),
    ("日期", "Date"),
)
SEAL = ("单位公章", "Official seal")
SEAL_HINT = ("请在此处加盖公章", "Stamp here")
MORE_NAMES = "另有 {count} 个域名，见第 2 页起  ·  and {count} more names, listed from page 2 on"
ALL_NAMES = ("证书域名（续）", "Names in the certificate (continued)")
BEYOND = "另有 {count} 个域名未列出，以证书为准  ·  and {count} more names that the certificate lists"
QR_CAPTION = "供核对  ·  for checking"
PREPARED = "制表日期 Prepared on {date}"
PAGE = "第 {page} 页，共 {pages} 页  ·  Page {page} of {pages}"
