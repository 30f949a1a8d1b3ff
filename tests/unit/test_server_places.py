"""Where Prefect's server listens, where programs reach it, and where the browser asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.server import new_server, prefect_environment


@pytest.mark.parametrize(
    ("listens", "reached"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")],  # noqa: S104  # never bound
)
def test_a_server_is_reached_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listens: str, reached: str
) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_HOST", listens)
    server = new_server(0)

    environ = prefect_environment(tmp_path, server)

    assert server.api_url == f"http://{reached}:{server.port}/api"
    assert environ["PREFECT_API_URL"] == environ["PREFECT_UI_API_URL"] == server.api_url
    assert environ["NO_PROXY"].endswith(reached)


def test_behind_a_proxy_the_browser_asks_there(tmp_path: Path) -> None:
    environ = prefect_environment(tmp_path, new_server(0), "https://duban.example.gov.cn/")

    assert environ["PREFECT_UI_API_URL"] == "https://duban.example.gov.cn/api"
