"""django-post_office as a black box.

`python -m benchmarks.peers.post_office URL PORT THREADS` in an environment of its own (see environment.py;
the product never imports it). A line of JSON holds mails, ready but for their MIME form; the answer is how
many seconds `send_queued_mail_until_done` took for them. As many threads as ours has connections, batches of
a thousand and the database settings of ours: faster here than as it comes.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib import import_module
from time import perf_counter
from typing import Any

from benchmarks.peers.django_database import database

#: Mails that it takes from the queue at once.
BATCH = 1000


class PostOffice:
    """post_office on a database of its own, with a mail server on loopback."""

    def __init__(self, url: str, port: int, threads: int) -> None:
        import_module("django.conf").settings.configure(
            SECRET_KEY="-",  # noqa: S106  # nothing is signed
            USE_TZ=True,
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
            DATABASES={"default": database(url)},
            EMAIL_BACKEND="post_office.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
            POST_OFFICE={
                "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
                "BATCH_SIZE": BATCH,
                "THREADS_PER_PROCESS": threads,
                "LOG_LEVEL": 1,
                "MESSAGE_ID_ENABLED": True,
                "MESSAGE_ID_FQDN": "example.gov.cn",
            },
        )
        import_module("django").setup()
        logging.disable(logging.INFO)
        import_module("django.core.management").call_command("migrate", verbosity=0)
        self._mail = import_module("post_office.mail")
        self._emails = import_module("post_office.models").Email.objects

    def run(self, mails: list[dict[str, Any]]) -> float:
        """Queue the mails, then send them; the seconds of sending."""
        self._emails.all().delete()
        self._mail.send_many(mails)
        began = perf_counter()
        self._mail.send_queued_mail_until_done()
        seconds = perf_counter() - began
        sent = self._emails.filter(status=import_module("post_office.models").STATUS.sent).count()
        assert sent == len(mails), (sent, len(mails))
        return seconds


def serve(office: PostOffice) -> None:
    """Answer lines of mails until there are no more; the first answer says that it is ready."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(office.run(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    serve(PostOffice(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
