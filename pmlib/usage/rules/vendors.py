"""The rules by which products count, as data: what each rule says, and which way each product has of it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pmlib.core import SettingError
from pmlib.core.words import listed
from pmlib.engine import sql
from pmlib.usage.cohorts.asked import one_of

Name = Literal["posthog", "mixpanel", "amplitude", "clickhouse"]
Metric = Literal["retention", "funnel", "active", "lifecycle", "stickiness"]


@dataclass(frozen=True)
class Rule:
    """A choice that products make differently.

    Parameters
    ----------
    ways
        Each way there is, by its name, as words after "the product"; the first is ours.
    """

    name: str
    title: str
    ways: Mapping[str, str]

    @property
    def ours(self) -> str:
        """The name of our way."""
        return next(iter(self.ways))


@dataclass(frozen=True)
class Vendor:
    """A product that counts the same metrics.

    Parameters
    ----------
    rules
        For each metric it has, the way of each rule that is not ours.
    doubts
        For each metric what is not reproduced, or taken in one of several senses.
    """

    name: str
    rules: Mapping[str, Mapping[str, str]]
    doubts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Definition:
    """A definition in use: the ways in which it is not ours."""

    title: str
    rules: Mapping[str, str]


def rules(metric: str) -> tuple[Rule, ...]:
    """Return the rules of a metric in the order in which they are changed.

    Examples
    --------
    >>> [(rule.name, rule.ours) for rule in rules("lifecycle")]
    [('birth', 'active')]

    Raises
    ------
    SettingError
        If there is no such metric.
    """
    table = read()["rules"]
    one_of("metric", metric, table)
    return tuple(
        Rule(name, ways["title"], MappingProxyType({way: said for way, said in ways.items() if way != "title"}))
        for name, ways in table[metric].items()
    )


def vendor(name: str, metric: str) -> Vendor:
    """Return a product that has a metric.

    Examples
    --------
    >>> vendor("posthog", "active").rules["active"]["window"]
    'label'

    Raises
    ------
    SettingError
        If the product is not known, or has no rules of its own for the metric.
    """
    known = read()["vendors"]
    one_of("vendor", name, known)
    one_of("metric", metric, read()["rules"])
    found = {key: table for key, table in known[name].items() if key != "name"}
    if metric not in found:
        others = [other for other, table in known.items() if metric in table]
        raise SettingError(
            f"{known[name]['name']} has no rules of its own for {metric}; it has some for {listed(list(found))}. "
            f"Choose one of these, or for {metric} {listed(others)}."
        )
    return Vendor(
        known[name]["name"],
        MappingProxyType({key: MappingProxyType(table["rules"]) for key, table in found.items()}),
        MappingProxyType({key: tuple(table["doubts"]) for key, table in found.items()}),
    )


def in_use(metric: str) -> tuple[Definition, ...]:
    """Return the definitions of a metric that are in use beside ours."""
    rules(metric)
    return tuple(Definition(one["title"], MappingProxyType(one["rules"])) for one in read()["definitions"][metric])


@cache
def read() -> Mapping[str, Any]:
    """Read the file beside this module."""
    return MappingProxyType(tomllib.loads(sql(__package__, "vendors.toml")))
