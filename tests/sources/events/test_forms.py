"""The signatures exactly as the makers' column tables list them; mixed and unknown ones."""

import pytest

from pmlib.core import InputError, SettingError
from pmlib.sources.events.forms import match

SIGNATURES = {
    "PostHog events": (
        "uuid event properties timestamp distinct_id person_id team_id elements_chain created_at",
        ("person_id", "distinct_id"),
        ("uuid",),
    ),
    "PostHog events ": (
        "uuid event properties elements set set_once distinct_id team_id ip site_url timestamp bq_ingested_timestamp",
        ("distinct_id",),
        ("uuid",),
    ),
    "Segment tracks (warehouse)": (
        "id anonymous_id user_id event event_text timestamp original_timestamp sent_at received_at context_ip",
        ("user_id", "anonymous_id"),
        ("id",),
    ),
    "Segment pages (warehouse)": (
        "id anonymous_id user_id name url path timestamp original_timestamp sent_at received_at",
        ("user_id", "anonymous_id"),
        ("id",),
    ),
    "Segment JSON": (
        "messageId userId anonymousId type event timestamp originalTimestamp sentAt receivedAt properties context",
        ("userId", "anonymousId"),
        ("messageId",),
    ),
    "Amplitude export": (
        "$insert_id uuid user_id device_id amplitude_id event_type event_time client_event_time server_upload_time "
        "server_received_time session_id event_properties user_properties groups",
        ("user_id", "device_id", "amplitude_id"),
        ("$insert_id",),
    ),
    "Amplitude export ": (
        "_insert_id uuid user_id device_id amplitude_id event_type event_time server_upload_time session_id",
        ("user_id", "device_id", "amplitude_id"),
        ("_insert_id",),
    ),
    "Mixpanel export": (
        "event properties properties.time properties.distinct_id properties.$insert_id properties.$device_id "
        "properties.$user_id properties.mp_processing_time_ms",
        ("properties.distinct_id", "properties.$user_id", "properties.$device_id"),
        ("properties.$insert_id", "event", "properties.distinct_id", "properties.time"),
    ),
    "Mixpanel pipeline": (
        "event_name time distinct_id user_id device_id insert_id mp_processing_time_ms properties",
        ("user_id", "distinct_id", "device_id"),
        ("insert_id", "event_name", "distinct_id", "time"),
    ),
    "Google Analytics 4 (BigQuery)": (
        "event_date event_timestamp event_name event_params event_bundle_sequence_id user_id user_pseudo_id "
        "batch_page_id batch_ordering_id batch_event_index device geo platform",
        ("user_id", "user_pseudo_id"),
        (
            "batch_event_index",
            "batch_page_id",
            "batch_ordering_id",
            "user_pseudo_id",
            "event_name",
            "event_timestamp",
        ),
    ),
    "Snowplow events": (
        "app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id user_id domain_userid "
        "network_userid domain_sessionid domain_sessionidx event_name derived_tstamp event_fingerprint true_tstamp",
        ("user_id", "domain_userid", "network_userid"),
        ("event_id", "event_fingerprint"),
    ),
    "plain events": ("user_id event ts plan", ("user_id",), ()),
    "plain events ": ("user_id event timestamp path", ("user_id",), ()),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name):
    columns, user, key = SIGNATURES[name]
    found = match(columns.split(), "x.csv")
    assert (found.form, found.user, found.key) == (name.strip(), user, key)


@pytest.mark.parametrize(
    ("columns", "user", "event", "ts"),
    [
        ("Customer ID|Event Name|Created At", "Customer ID", "Event Name", "Created At"),
        ("userId|eventName|time", "userId", "eventName", "time"),
        ("USER|ACTION|DATE", "USER", "ACTION", "DATE"),
    ],
)
def test_plain_names_in_any_writing(columns, user, event, ts):
    found = match(columns.split("|"), "x.csv")
    assert (found.user, found.event, found.ts) == ((user,), (event,), (ts,))


@pytest.mark.parametrize(
    ("columns", "mapping", "user"),
    [
        ("user_id anonymous_id event ts", {}, ("user_id", "anonymous_id")),
        ("UserId DeviceId event ts", {}, ("UserId", "DeviceId")),
        ("user_id device_id distinct_id event ts", {}, ("user_id", "distinct_id")),
        # What is the user is not the anonymous id as well; a company's or a session's id is none.
        ("visitor_id event ts", {}, ("visitor_id",)),
        ("user_id client_id session_id event ts", {}, ("user_id",)),
        # Whoever names the user's column decides alone what counts as one.
        ("account_id user_id anonymous_id event ts", {"user_id": "account_id"}, ("account_id",)),
        ("user_id anonymous_id cookie event ts", {"anon_id": "cookie"}, ("user_id", "cookie")),
        ("user_id anonymous_id was ts", {"event": "was"}, ("user_id", "anonymous_id")),
    ],
)
def test_the_anonymous_ids_of_a_plain_table(columns, mapping, user):
    assert match(columns.split(), "x.csv", mapping).user == user


def test_anonymous_ids_alone_are_no_users():
    with pytest.raises(InputError, match="which also needs a column for user_id"):
        match(["anonymous_id", "event", "ts"], "x.csv")


def test_snowflake_writes_capitals():
    found = match(SIGNATURES["Segment tracks (warehouse)"][0].upper().split(), "x.csv")
    assert found.form == "Segment tracks (warehouse)"
    assert found.user == ("USER_ID", "ANONYMOUS_ID")


def test_an_event_id_of_a_plain_table_counts_only_with_user_event_and_time():
    assert match(["event_id", "user_id", "event", "ts"], "x.csv").key == ("event_id", "user_id", "event", "ts")


def test_posthog_without_persons_is_noted():
    assert "no person_id" in match(SIGNATURES["PostHog events "][0].split(), "x.csv").notes[0]
    assert match(SIGNATURES["PostHog events"][0].split(), "x.csv").notes == ()


@pytest.mark.parametrize(
    ("columns", "both"),
    [
        ("uuid event distinct_id timestamp event_name time insert_id", "PostHog events and Mixpanel pipeline"),
        ("uuid event distinct_id timestamp mp_processing_time_ms", "PostHog events and Mixpanel pipeline"),
        ("user_id event_type event_time amplitude_id user_pseudo_id", "Amplitude export and Google Analytics 4"),
        ("user_id event ts elements_chain mp_processing_time_ms", "PostHog events and Mixpanel pipeline"),
    ],
)
def test_a_mixed_form_is_refused(columns, both):
    with pytest.raises(InputError, match=rf"x\.csv mixes the forms of {both}.*columns=\{{\"user_id\""):
        match(columns.split(), "x.csv")


def test_a_whole_mapping_wins_over_a_mixed_form():
    mapping = {"user_id": "distinct_id", "event": "event", "ts": "time"}
    found = match(["uuid", "event", "distinct_id", "timestamp", "event_name", "time", "insert_id"], "x.csv", mapping)
    assert (found.user, found.event, found.ts) == (("distinct_id",), ("event",), ("time",))


def test_a_mapping_wins_over_a_known_form():
    found = match(SIGNATURES["PostHog events"][0].split(), "x.csv", {"user_id": "distinct_id"})
    assert (found.form, found.user, found.key) == ("PostHog events", ("distinct_id",), ("uuid",))


def test_an_unknown_form_is_refused_with_what_it_looked_like():
    proposed = {"user_id": "Kunde", "event": "Aktion", "ts": "Zeit"}
    with pytest.raises(InputError) as error:
        match(["Kunde", "Aktion", "Zeit"], "x.csv", suggest=lambda: proposed)
    assert str(error.value) == (
        "x.csv is in no known form of events: nearest is a plain table, which also needs a column for user_id and "
        "event and ts. It has Kunde, Aktion, Zeit. Say which columns to take (a guess by content: check it): "
        'columns={"user_id": "Kunde", "event": "Aktion", "ts": "Zeit"}, or in TOML: '
        'columns = { user_id = "Kunde", event = "Aktion", ts = "Zeit" }'
    )


def test_an_unknown_form_names_the_nearest_maker_and_what_it_lacks():
    with pytest.raises(InputError, match="nearest is PostHog events, which also needs timestamp"):
        match(["uuid", "event", "distinct_id", "when"], "x.csv")


def test_a_wrong_column_in_the_mapping_names_the_nearest():
    with pytest.raises(
        InputError, match=r"x\.csv has no column 'usr' .*it has user, event, ts\. Did you mean 'user'\?"
    ):
        match(["user", "event", "ts"], "x.csv", {"user_id": "usr"})


def test_a_wrong_name_of_the_contract_is_refused():
    with pytest.raises(SettingError, match="columns names 'user'; the columns of events are user_id"):
        match(["user", "event", "ts"], "x.csv", {"user": "user"})


def test_a_constant_event():
    assert match(["customer_id", "date"], "x.csv", {"event": "='purchase'"}).event == ("='purchase'",)
