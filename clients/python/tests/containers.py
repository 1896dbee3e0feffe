"""What can be said of the container without an engine: how it would be started, and that a started one is used.

``containers.py missing`` is run where Testcontainers is not installed, ``containers.py engine IMAGE`` where an engine is.
"""

import sys
from unittest import mock as fakes
from urllib.parse import urlsplit

from onshi_client import Person
from onshi_client.testing import OnshiMock

TOKEN = "sixteen letters!"


def complains_if_missing() -> None:
    try:
        import onshi_client.testcontainers  # noqa: F401
    except ImportError as error:
        assert "pip install 'onshi-client[testcontainers]'" in str(error), error
    else:
        raise AssertionError("it was imported without Testcontainers")


def is_declared() -> None:
    from onshi_client.testcontainers import OnshiContainer

    container = OnshiContainer("registry.example/onshi-mock:1.0")
    assert container.image == "registry.example/onshi-mock:1.0", container.image
    assert sorted(str(port) for port in container.ports) == ["8080", "8443", "8444"], container.ports
    assert container.env == {}, container.env
    assert OnshiContainer("onshi-mock", token=TOKEN).env == {"ONSHI_ADMIN_TOKEN": TOKEN}


def is_waited_for_and_connected() -> None:
    from onshi_client.testcontainers import OnshiContainer

    with OnshiMock.start(None, "--admin-token", TOKEN) as running:
        outside = {8080: urlsplit(running.admin).port}
        container = OnshiContainer("onshi-mock", token=TOKEN)
        # What an engine would tell of a started container.
        container.get_container_host_ip = lambda: "localhost"
        container.get_exposed_port = lambda port: outside.get(port, 8443)
        container.reload = lambda: None
        container._container = fakes.Mock(status="running")
        container._wait_strategy.wait_until_ready(container)
        worlds = container.connect().call("GET", "/api/v1/worlds")
        assert [world["name"] for world in worlds["worlds"]] == ["default"], worlds


def is_started(image: str) -> None:
    from onshi_client.testcontainers import OnshiContainer

    person = Person(insurer="06139992", symbol="１２３", number="４５６", branch="00", born="19800101")
    for token in (None, TOKEN):
        with OnshiContainer(image, token=token) as container, container.connect().world() as world:
            answer = world.client().qualification(person)
            assert answer.text("MessageBody/QualificationValidity") == "1", answer
            world.verify(exactly={"count": 1, "match": {"card": "employee-valid"}})


if sys.argv[1:] == ["missing"]:
    complains_if_missing()
elif sys.argv[1:2] == ["engine"]:
    is_started(sys.argv[2])
else:
    # It would look for an engine as soon as a container is described.
    with fakes.patch("testcontainers.core.container.DockerClient"):
        is_declared()
        is_waited_for_and_connected()
