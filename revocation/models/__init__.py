"""The state of the portal. `services` is the only writer."""

from revocation.models.actor import Actor, ActorKind
from revocation.models.blocked_key import BlockedKey
from revocation.models.brand import Brand, ProofRecord
from revocation.models.certificate import (
    Certificate,
    CertificateBytes,
    CertificateState,
    IssuerCertificate,
    ValidationMethod,
)
from revocation.models.chain import Family, family
from revocation.models.delegation import DelegatedMethod, Delegation
from revocation.models.deployment import Deployment, DeploymentTarget
from revocation.models.difference import Difference, DifferenceKind
from revocation.models.event import STAFF_ONLY, Event, EventKind
from revocation.models.evidence import Evidence
from revocation.models.glance import Glance
from revocation.models.joint import JointFiling
from revocation.models.letter import HeldLetter, Letter, LetterPicture
from revocation.models.live_look import LiveLook, Served
from revocation.models.mail import Mail
from revocation.models.ownership import ManualMethod, NameProof, record_kind
from revocation.models.publication import Publication, PublicationState
from revocation.models.receipt import Receipt, SigningKey
from revocation.models.request import RevocationRequest
from revocation.models.request_states import RequestState
from revocation.models.revocation import OrderState, ProvenThrough, Revocation
from revocation.models.sighting import Place, Seen, Sighting
from revocation.models.standing import standings
from revocation.models.status_point import PointKind, StatusPoint
from revocation.models.watcher import Watcher
from revocation.models.webhook import Delivery, Webhook

__all__ = [
    "STAFF_ONLY",
    "Actor",
    "ActorKind",
    "BlockedKey",
    "Brand",
    "Certificate",
    "CertificateBytes",
    "CertificateState",
    "DelegatedMethod",
    "Delegation",
    "Delivery",
    "Deployment",
    "DeploymentTarget",
    "Difference",
    "DifferenceKind",
    "Event",
    "EventKind",
    "Evidence",
    "Family",
    "Glance",
    "HeldLetter",
    "IssuerCertificate",
    "JointFiling",
    "Letter",
    "LetterPicture",
    "LiveLook",
    "Mail",
    "ManualMethod",
    "NameProof",
    "OrderState",
    "Place",
    "PointKind",
    "ProofRecord",
    "ProvenThrough",
    "Publication",
    "PublicationState",
    "Receipt",
    "RequestState",
    "Revocation",
    "RevocationRequest",
    "Seen",
    "Served",
    "Sighting",
    "SigningKey",
    "StatusPoint",
    "ValidationMethod",
    "Watcher",
    "Webhook",
    "family",
    "record_kind",
    "standings",
]
