"""The command `duban`: global options, and one command a verb."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperGroup

from commands import activity, approval, audit, collection, mail, order, org, plan, work
from commands.cockpit import cockpit
from commands.day import tick
from commands.demo import demo
from commands.deploy import deploy
from commands.desk import Desk
from commands.doctor import doctor
from commands.documents import calendar, checklist, finding, inspection, report
from commands.init import init
from commands.phrases import phrases
from commands.rules import rules
from commands.status import status
from commands.up import up
from models.errors import DubanError, InputError, file_failed
from models.periods import read_day
from models.settings import Settings, read_settings


class Refusing(TyperGroup):
    """Says a refusal in one sentence, in the user's language, instead of a stack trace."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # Typer keeps its own Context to itself
        """Run the command; exit 1 where it is refused."""
        try:
            return super().invoke(ctx)
        except DubanError as error:
            _refuse(ctx, error)
        except (OverflowError, UnicodeEncodeError) as error:  # no database takes such a number or text
            _refuse(ctx, InputError("value_unusable", reason=error))
        except typer.BadParameter.__base__ as error:  # type: ignore[misc]  # typer names no base of its own
            _hint(ctx, error)
            raise
        except OSError as error:
            if error.filename is None:  # no file's fault, such as a reader of our output that went away
                raise
            _refuse(ctx, file_failed(error))


#: Options that stand before the command: people look for them behind it.
_GLOBAL = frozenset({"--home", "--as-of", "--lang", "--json"})


def _hint(ctx: Any, error: Any) -> None:  # noqa: ANN401  # the same
    """Say where a global option belongs that was given behind the command."""
    option = getattr(error, "option_name", "")
    if option in _GLOBAL and isinstance(ctx.obj, Desk):
        command = error.ctx.command_path.partition(" ")[2]
        error.message = ctx.obj.say("usage.option_first", option=option, command=command)
        error.possibilities = None


def _refuse(ctx: Any, error: DubanError) -> NoReturn:  # noqa: ANN401  # the same
    if isinstance(ctx.obj, Desk):
        sentence = error.sentence(ctx.obj.lang, ctx.obj.settings.zone)
    else:  # the settings are what is wrong: only the words given tell the language
        asked = ctx.params.get("lang") or os.environ.get("DUBAN_LANG")
        sentence = error.sentence("en" if asked == "en" else "zh")
    sys.stderr.write(f"duban: {sentence}\n")
    raise SystemExit(1) from error


app = typer.Typer(
    name="duban",
    cls=Refusing,
    help="督办：一张表进，一年的督办出。 One messy sheet in, a supervised year out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

for verb in (
    init,
    doctor,
    demo,
    up,
    status,
    deploy,
    tick,
    cockpit,
    calendar,
    checklist,
    inspection,
    finding,
    report,
    rules,
    phrases,
):
    app.command()(verb)
for noun in (org, plan, work, activity, collection, approval, mail, order, audit):
    app.add_typer(noun.app)


@app.callback()
def desk(
    ctx: typer.Context,
    home: Annotated[
        Path, typer.Option(envvar="DUBAN_HOME", help="数据目录：数据库、配置、邮箱、文书。 Home directory.")
    ] = Path("~/.duban"),
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="YYYY-MM-DD", help="按这一天办理。 The clock.")
    ] = "",
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="语言。 Language.")] = None,
    json: Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取。 Machine-readable.")] = False,
) -> None:
    """督办：一张表进，一年的督办出。 One messy sheet in, a supervised year out."""
    home = home.expanduser().absolute()
    try:
        settings = read_settings(home, os.environ)
    except InputError:
        if ctx.invoked_subcommand != "doctor":
            raise
        # The doctor reads them again and says what is wrong with them.
        settings = Settings(home)
    clock = settings.clock()
    if as_of:
        clock = clock.at(read_day(as_of))
    ctx.obj = Desk(settings, clock, lang or settings.lang, json)


def main() -> None:
    """Run the command: exit 0 when done, 1 when refused or failed, 2 for wrong usage."""
    app()


if __name__ == "__main__":
    main()
