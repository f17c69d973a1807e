"""Which column of a file of subscriptions holds what."""

import re
from collections.abc import Mapping, Sequence

from pmlib.core import InputError, SettingError, nearest
from pmlib.sources.events.forms import constant, listed, plain

NAMES: Mapping[str, tuple[str, ...]] = {
    "customer": (
        *("customer", "customer_id", "customerid", "user_id", "userid", "account_id", "company_id", "client_id"),
        *("organization_id", "workspace_id", "tenant_id", "user", "account", "company", "client", "customer_email"),
    ),
    "subscription": ("subscription", "subscription_id", "subscriptionid", "sub_id", "contract_id", "contract", "id"),
    "plan": (
        *("plan", "plan_name", "plan_nickname", "plan_interval_name", "product", "product_name", "tier", "price_id"),
        *("plan_id", "plan_code", "items_plan_id"),
    ),
    "amount": (
        *("mrr", "monthly_amount", "amount_monthly", "monthly_price", "amount", "plan_amount", "price", "plan_price"),
        *("unit_amount", "price_unit_amount", "plan_unit_amount", "amount_cents", "price_cents", "fee", "value"),
    ),
    "currency": ("currency", "plan_currency", "currency_code", "price_currency"),
    "interval": (
        *("interval", "plan_interval", "billing_interval", "billing_period", "billing_cycle", "price_interval"),
        *("recurring_interval", "period", "term", "frequency", "billing_frequency"),
    ),
    "interval_count": ("interval_count", "plan_interval_count", "recurring_interval_count", "billing_interval_count"),
    "quantity": ("quantity", "seats", "licenses", "units"),
    "started": (
        *(
            "started",
            "started_on",
            "started_at",
            "start_date",
            "start",
            "start_at",
            "subscription_start",
            "activated_at",
        ),
        *("subscribed_at", "begin", "begin_date", "valid_from", "created", "created_at"),
    ),
    "ended": (
        *("ended", "ended_on", "ended_at", "end_date", "end", "end_at", "subscription_end", "churned_at", "churn_date"),
        *("valid_to", "canceled_at", "cancelled_at", "cancelled_on", "canceled_on", "canceled", "cancelled"),
        *("cancellation_date", "expired_at", "terminated_at"),
    ),
    "trial_end": ("trial_end", "trial_ends_at", "trial_ended_at", "trial_end_date"),
    "status": ("status", "state", "subscription_status"),
}
NEEDED = ("customer", "amount", "started")
PAYMENTS = {
    *("invoice", "invoice_id", "invoice_number", "charge", "charge_id", "payment_intent", "payment_id", "payment"),
    *("transaction", "transaction_id", "receipt_number", "amount_paid", "amount_due", "amount_refunded", "paid_at"),
    *("payment_date", "transaction_date", "invoice_date", "order_id", "order_date", "refunded", "balance_transaction"),
}
MINOR = re.compile(r"unit_amount|plan_amount|cents$|_minor$|pence$")
MONTHLY = re.compile(r"mrr|monthly")
CODE = re.compile(r"(?:amount|price|mrr|fee|value)(?:_a?_?month(?:ly)?)?_([a-z]{3})")
CODES = frozenset(
    {
        *("aed", "ars", "aud", "brl", "cad", "chf", "clp", "cny", "cop", "czk", "dkk", "egp", "eur", "gbp"),
        *("hkd", "huf", "idr", "ils", "inr", "jpy", "krw", "mxn", "myr", "ngn", "nok", "nzd", "php", "pln"),
        *("ron", "rub", "sar", "sek", "sgd", "thb", "try", "twd", "uah", "usd", "vnd", "zar"),
    }
)


def placed(names: Sequence[str], given: Mapping[str, str], shown: str) -> dict[str, str]:
    """Tell which column holds what; a mapping has the last word.

    Parameters
    ----------
    names
        Columns, and keys inside them as ``column.key``.
    given
        Contract column = the file's column, or ``='text'`` for a constant.
    shown
        The file's name, for messages.

    Raises
    ------
    InputError
        If a column that is needed is not there; payments and events are told as such.
    SettingError
        If the mapping names what is no column of subscriptions.

    Examples
    --------
    >>> placed(["user_id", "plan", "price_eur", "started_on", "ended_on"], {}, "subscriptions.csv")["amount"]
    'price_eur'
    """
    by_exact = {name.casefold(): name for name in names}
    by_plain = {plain(name).removesuffix("_utc"): name for name in reversed(names)}
    by_plain |= {CODE.sub(stem, word): name for word, name in by_plain.items() if code_of(word)}
    found: dict[str, str] = {}
    for role, column in given.items():
        if role not in NAMES:
            raise SettingError(
                f"columns names '{role}'; the columns of subscriptions are {', '.join(NAMES)}.{nearest(role, NAMES)} "
                "Write the contract's name first, then the file's: columns={'customer': '…', 'started': '…'}."
            )
        if constant(column) is None and column.casefold() not in by_exact:
            raise InputError(
                f"{shown} has no column '{column}' (wanted as {role}); it has {listed(names)}.{nearest(column, names)}"
            )
        found[role] = by_exact.get(column.casefold(), column)
    taken = set(found.values())
    for role, words in NAMES.items():
        column = next((by_plain[word] for word in words if word in by_plain and by_plain[word] not in taken), None)
        if role not in found and column:
            found[role] = column
            taken.add(column)
    missing = [role for role in NEEDED if role not in found]
    payments = [name for name in names if plain(name) in PAYMENTS]
    if missing or (payments and not given and plain(found["started"]).startswith("created")):
        raise refusal(names, found, missing, payments, shown)
    return found


def stem(hit: re.Match[str]) -> str:
    """Leave the currency out of a column's name."""
    return hit.group(0)[: -len(hit.group(1)) - 1]


def code_of(column: str) -> str:
    """Return the currency that a column's name ends in, or an empty text.

    Examples
    --------
    >>> code_of("price_eur"), code_of("price_new")
    ('EUR', '')
    """
    hit = CODE.fullmatch(plain(column))
    return hit.group(1).upper() if hit and hit.group(1) in CODES else ""


def refusal(
    names: Sequence[str], found: Mapping[str, str], missing: Sequence[str], payments: Sequence[str], shown: str
) -> InputError:
    """Say why a file is not one of subscriptions, and what to do."""
    if payments:
        return InputError(
            f"{shown} holds payments, one row each (it has {', '.join(payments[:4])}), not subscriptions: it does not "
            "say from when to when somebody pays. Export the list of subscriptions (customer, plan, amount, interval, "
            "start date, end date), or load the payments as events with load_events."
        )
    if any(plain(name) in ("event", "event_name", "event_type") for name in names):
        return InputError(
            f"{shown} holds events, not subscriptions: a subscription is one row with a start and an end. Load it with "
            "load_events, or export the list of subscriptions (customer, plan, amount, interval, start and end date)."
        )
    mapping = ", ".join(f"'{role}': '{found.get(role, '…')}'" for role in NEEDED)
    return InputError(
        f"{shown} has no column for {' and '.join(missing)}; it has {listed(names)}. Say which columns to take: "
        f"columns={{{mapping}}}."
    )
