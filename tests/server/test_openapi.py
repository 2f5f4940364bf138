"""/openapi.json: valid OpenAPI 3.1, made from the declarations."""

from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.actors import Exchange

from utabox.endpoint import declared


def test_it_is_valid(exchange: Exchange) -> None:
    """By a validator that knows 3.1, served without a key."""
    document = exchange.get("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


def test_every_endpoint_is_in_it(exchange: Exchange) -> None:
    """With its limit, permission, refusals and parameters."""
    paths = exchange.get("/openapi.json").json["paths"]
    assert {(path, method) for path in paths for method in paths[path]} == {
        (endpoint.path, endpoint.method.lower()) for endpoint in declared()
    }
    post = paths["/v5/account/set-margin-mode"]["post"]
    assert post["x-rate-limit"] == {"calls": 5, "window_ms": 1000}
    assert post["x-permission-any-of"] == ["ContractTrade", "Derivatives", "Options"]
    assert [refusal["retCode"] for refusal in post["x-refusals"]] == [
        10001, 10028, 3400045, 110073,
    ]  # fmt: skip
    assert post["requestBody"]["required"] is True
    get = paths["/v5/account/mmp-state"]["get"]
    assert [(each["name"], each["in"]) for each in get["parameters"]] == [("baseCoin", "query")]
    assert "security" not in paths["/v5/market/time"]["get"]


def test_a_page_is_named_where_there_is_one(exchange: Exchange) -> None:
    """Some the exchange has taken down."""
    paths = exchange.get("/openapi.json").json["paths"]
    assert paths["/v5/account/info"]["get"]["externalDocs"] == {
        "url": "https://bybit-exchange.github.io/docs/v5/account/account-info"
    }
    assert "externalDocs" not in paths["/v5/account/contract-transaction-log"]["get"]
