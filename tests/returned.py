"""Mail as it comes back: delivery status notifications as Postfix and others write them."""

from __future__ import annotations


def report(
    original: bytes,
    to: str,
    status: str,
    words: str,
    *,
    action: str = "failed",
    whole: bool = True,
    number: int = 1,
) -> bytes:
    """A report (RFC 3464) on one recipient, with the mail that came back or its header alone."""
    head = original.partition(b"\r\n\r\n")[0] + b"\r\n"
    kind, returned = ("message/rfc822", original) if whole else ("text/rfc822-headers", head)
    status_line = f"Status: {status}\r\n" if status else ""
    diagnostic = f"Diagnostic-Code: smtp; {words}\r\n" if words else ""
    lines = (
        "Return-Path: <>\r\n"
        f"Message-ID: <dsn-{number}@mx.example.gov.cn>\r\n"
        "From: MAILER-DAEMON@mx.example.gov.cn\r\n"
        "To: duban@example.gov.cn\r\n"
        "Subject: =?utf-8?b?57O757uf6YCA5L+h?=\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n'
        "\r\n"
        "--=_b\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        "\r\n"
        "您的邮件未能送达。\r\n"
        "--=_b\r\n"
        "Content-Type: message/delivery-status\r\n"
        "\r\n"
        "Reporting-MTA: dns; mx.example.gov.cn\r\n"
        "\r\n"
        f"Final-Recipient: rfc822; {to}\r\n"
        f"Action: {action}\r\n"
        f"{status_line}"
        f"{diagnostic}"
        "\r\n"
        "--=_b\r\n"
        f"Content-Type: {kind}\r\n"
        "\r\n"
    )
    return lines.encode() + returned + b"\r\n--=_b--\r\n"


def delayed(original: bytes, to: str, *, number: int = 1) -> bytes:
    """A warning that a mail is still under way."""
    return report(
        original, to, "4.4.1", "connect to mx.example.gov.cn: timed out", action="delayed", number=number
    )
