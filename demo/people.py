"""The demo's accounts."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from certportal.accounts.models import Customer, Membership, User
from revocation.models import DeploymentTarget

CUSTOMERS = {"aurora": "Aurora Shop Ltd", "xinghe": "星河科技有限公司"}


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: str
    customer: str = ""
    group: str = ""
    superuser: bool = False


PEOPLE = (
    Person("Alice", "alice@aurora.example", "customer, Aurora Shop Ltd", customer="aurora"),
    Person("Bob", "bob@aurora.example", "Alice's colleague", customer="aurora"),
    Person("Charlie", "charlie@xinghe.example", "customer, 星河科技有限公司", customer="xinghe"),
    Person("Dora", "dora@xinghe.example", "Charlie's colleague", customer="xinghe"),
    Person("Rita", "rita@certportal.example", "reviewer", group="reviewers"),
    Person("Ron", "ron@certportal.example", "reviewer", group="reviewers"),
    Person("Carl", "carl@certportal.example", "certificate staff", group="certificate staff"),
    Person("Audrey", "audrey@certportal.example", "auditor", group="auditors"),
    Person("Admin", "admin@certportal.example", "superuser", superuser=True),
)


def make_people(password: str) -> None:
    """Make customers with a deployment target each, users, memberships, groups. Sets everybody's password."""
    for slug, name in CUSTOMERS.items():
        customer, _ = Customer.objects.get_or_create(slug=slug, defaults={"name": name})
        DeploymentTarget.objects.get_or_create(customer=customer, name="web server", folder=slug)
    password_hash = make_password(password)  # one for all: hashing is slow on purpose
    for person in PEOPLE:
        _make(person, password, password_hash)


def _make(person: Person, password: str, password_hash: str) -> None:
    user = User.objects.filter(email=person.email).first() or User(email=person.email, first_name=person.name)
    user.is_staff = person.superuser or bool(person.group)
    user.is_superuser = person.superuser
    if user.pk is None or not user.check_password(password):  # a new hash would end everybody's sessions
        user.password = password_hash
    user.save()
    if person.group:
        user.groups.add(Group.objects.get(name=person.group))
    if person.customer:
        Membership.objects.get_or_create(user=user, customer=Customer.objects.get(slug=person.customer))
