"""The state of the portal. `services` is the only writer."""

from revocation.models.actor import Actor, ActorKind
from revocation.models.authority.discrepancy import Discrepancy, DiscrepancyKind
from revocation.models.authority.hand_record import HandRecord
from revocation.models.authority.observation import Place, Seen, StatusObservation
from revocation.models.authority.order import OrderState, ProvenThrough, RevocationOrder
from revocation.models.authority.receipt import Receipt, ReceiptPaper, SigningKey
from revocation.models.certificate.brand import Brand, ProofRecord
from revocation.models.certificate.certificate import (
    Certificate,
    CertificateBytes,
    CertificateState,
    IssuerCertificate,
    ValidationMethod,
)
from revocation.models.certificate.chain import Family, family
from revocation.models.certificate.deployment import Deployment, DeploymentTarget
from revocation.models.certificate.name import CertificateName
from revocation.models.certificate.served_certificate import Served, ServedCertificate
from revocation.models.certificate.status_point import COMPARED, PointKind, StatusPoint
from revocation.models.event import STAFF_ONLY, Event, EventKind
from revocation.models.installation import InstallationFact, WorkerHeartbeat
from revocation.models.notifications.mail import Mail
from revocation.models.notifications.watcher import Watcher
from revocation.models.notifications.webhook import Delivery, Webhook
from revocation.models.ownership.delegation import DelegatedMethod, Delegation
from revocation.models.ownership.name_proof import ManualMethod, NameProof, record_kind
from revocation.models.ownership.publication import Publication, PublicationState
from revocation.models.request.blocked_key import BlockedKey
from revocation.models.request.case_view import CaseView
from revocation.models.request.eligibility_facts import eligibility_facts
from revocation.models.request.evidence import Evidence, EvidencePicture
from revocation.models.request.joint_filing import JointFiling
from revocation.models.request.letter import HeldLetter, Letter, LetterPicture
from revocation.models.request.revocation_request import RevocationRequest, open_request_of
from revocation.models.request.states import RequestState
from revocation.policy import Route

__all__ = [
    "COMPARED",
    "STAFF_ONLY",
    "Actor",
    "ActorKind",
    "BlockedKey",
    "Brand",
    "CaseView",
    "Certificate",
    "CertificateBytes",
    "CertificateName",
    "CertificateState",
    "DelegatedMethod",
    "Delegation",
    "Delivery",
    "Deployment",
    "DeploymentTarget",
    "Discrepancy",
    "DiscrepancyKind",
    "Event",
    "EventKind",
    "Evidence",
    "EvidencePicture",
    "Family",
    "HandRecord",
    "HeldLetter",
    "InstallationFact",
    "IssuerCertificate",
    "JointFiling",
    "Letter",
    "LetterPicture",
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
    "ReceiptPaper",
    "RequestState",
    "RevocationOrder",
    "RevocationRequest",
    "Route",
    "Seen",
    "Served",
    "ServedCertificate",
    "SigningKey",
    "StatusObservation",
    "StatusPoint",
    "ValidationMethod",
    "Watcher",
    "Webhook",
    "WorkerHeartbeat",
    "eligibility_facts",
    "family",
    "open_request_of",
    "record_kind",
]
