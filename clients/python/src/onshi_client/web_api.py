"""The Web API: login with an account, then queries as JSON."""

from __future__ import annotations

import json
from typing import Any

from . import requests
from .client import Client
from .document import Node
from .errors import Rejected
from .requests import Person

_LOGIN = "/oqs-api-pro/MSA12020/ILI12020SV01/auth"
_SEARCH = "/oqs-api-pro/MSA01030/ILI01030SV01/search"
_JSON = {"Content-Type": "application/json;charset=UTF-8", "Accept": "application/json"}


class WebApi:
    """A session of one account."""

    def __init__(self, client: Client, user: str, password: str) -> None:
        """Logs in; raises ``LoginRefused``. ``client`` brings line, certificate and institution."""
        self._client = client
        # The names of the two members aren't public; these are onshi-mock's.
        body = json.dumps({"userId": user, "password": password}).encode()
        answer = json.loads(client.post(_LOGIN, body, _JSON).body)
        self._token: str = answer["result"]["idToken"]

    def search(self, person: Person, day: str | None = None) -> dict[str, Any]:
        """資格確認 as JSON: the content of ``XmlMsg``. Raises ``LoginRefused`` when the token has ended."""
        request = requests.qualification(self._client.institution, person, day)
        content = {"MessageHeader": _members(request.header), "MessageBody": _members(request.body)}
        # The id token stands as it is, without "Bearer".
        headers = {**_JSON, "Authorization": self._token}
        body = json.dumps({"XmlMsg": content}, ensure_ascii=False).encode()
        answer: dict[str, Any] = json.loads(self._client.post(_SEARCH, body, headers).body)["XmlMsg"]
        header = answer["MessageHeader"]
        if header.get("SegmentOfResult") == "9":
            raise Rejected(header.get("ErrorCode", ""), header.get("ErrorMessage", ""))
        return answer


def _members(nodes: Any) -> dict[str, Any]:
    def value(content: str | list[Node]) -> Any:
        return content if isinstance(content, str) else _members(content)

    return {name: value(content) for name, content in nodes if content is not None}
