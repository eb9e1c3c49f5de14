"""What all HTML pages of Ontime share: one template base, one style, one palette.

A page is a template in the ``templates`` folder of the room that makes it. It extends ``base.html`` and fills its
blocks ``title``, ``header``, ``main`` and, if it needs to, ``footer`` and ``style``. ``parts.html`` has macros for
tables. A page is one file: nothing is loaded from another site, and its content security policy lets no script run.
"""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, select_autoescape

from ontime import project
from ontime.pages import palette
from ontime.web.headers import CONTENT_SECURITY_POLICY


def environment(package: str) -> Environment:
    """Jinja for the templates of one room, for example ``environment("dashboard")``.

    HTML is escaped, other text (Markdown) is not. Rendering raises ``jinja2.UndefinedError`` if a template uses a name
    that was not passed to it.
    """
    own = Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    return share_base(own)


def share_base(environment: Environment) -> Environment:
    """Add ``base.html``, its style, the palette and ``project()`` to an existing Jinja environment; returns it."""
    shared = FileSystemLoader(Path(__file__).parent / "templates")
    environment.loader = ChoiceLoader([environment.loader, shared]) if environment.loader else shared
    environment.globals["content_security_policy"] = CONTENT_SECURITY_POLICY
    environment.globals["project"] = project.read  # at each rendering, because the file may change
    environment.globals["palette"] = {"light": palette.LIGHT, "dark": palette.DARK}
    return environment
