"""Which addresses a letter may be sent to."""

from __future__ import annotations

import pytest

from notifications.address import is_deliverable


@pytest.mark.parametrize(
    "address",
    ["linxiaodong@example.gov.cn", "a.b+c@x-y.example", "duban@localhost", "o'neil@example.com"],
)
def test_plain_mailboxes_are_deliverable(address: str) -> None:
    assert is_deliverable(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.com",
        "a@",
        "a@b@c",
        "a..b@example.com",
        ".a@example.com",
        "a@-b.example",
        "a@b-.example",
        "a@example..com",
        "a b@example.com",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "张三@example.gov.cn",
        "a@例子.中国",
        "a@example.com\n",
        "a@example.com>\r\nRCPT TO:<evil@example.com",
        "a\x00@example.com",
        "x" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_whatever_a_server_could_misread_is_refused(address: str) -> None:
    assert not is_deliverable(address)
