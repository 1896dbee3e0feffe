"""onshi-mock as a container of Testcontainers; takes the extra ``testcontainers``.

::

    with OnshiContainer("onshi-mock") as container:
        mock = container.connect()
        with mock.world() as world:
            world.client().qualification(person)
"""

from __future__ import annotations

try:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import HttpWaitStrategy
except ImportError as error:
    raise ImportError(
        "onshi_client.testcontainers needs Testcontainers: pip install 'onshi-client[testcontainers]'"
    ) from error

from .testing import Container, OnshiMock


class OnshiContainer(DockerContainer):
    """A container of onshi-mock. Started, it is ready once everything in it listens.

    ``image`` is its name where you are. ``token`` is what the admin port shall ask for, of at least 16 characters.
    """

    def __init__(self, image: str, *, token: str | None = None) -> None:
        super().__init__(image)
        self._token = token
        self.with_exposed_ports(*Container.PORTS)
        self.waiting_for(HttpWaitStrategy(Container.ADMIN, Container.READY).for_status_code(200))
        if token is not None:
            self.with_env("ONSHI_ADMIN_TOKEN", token)

    def connect(self) -> OnshiMock:
        """The onshi-mock in the started container, over the ports that it was given outside."""
        return OnshiMock.of_container(self, token=self._token)
