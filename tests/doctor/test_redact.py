"""What leaves this machine in a report names nobody and opens no door."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.doctor.redact import Redactor

ENVIRON = {
    "HOME": "/home/me",
    "USER": "meyer",
    "DEPLOY_TOKEN": "xK93kdkQQ1",
    "SOME_PASSWORD": "abc",
    "EDITOR": "editor-of-choice",
}
redact = Redactor(ENVIRON, user="meyer", machine="hal9000.example.org")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cd /home/me/src && make", "cd ~/src && make"),
        ("/srv/meyerbeer/x", "/srv/meyerbeer/x"),
        ("chown meyer:staff x", "chown <user>:staff x"),
        ("/data/meyer/x", "/data/<user>/x"),
        ("Linux hal9000 6.1", "Linux <machine> 6.1"),
        ("at hal9000.example.org:80", "at <machine>:80"),
        ("http_proxy=http://meyer:pw@proxy.example:3128/", "http_proxy=http://<password>@proxy.example:3128/"),
        ("fetch https://x-token@git.example/a.git", "fetch https://<password>@git.example/a.git"),
        ("curl -H 'Authorization: Bearer abc.def' x", "curl -H 'Authorization: Bearer <token>' x"),
        ('"Authorization": "Basic bWV5ZXI6cHc="', '"Authorization": "Basic <token>"'),
        ("GITHUB_TOKEN=ghp_0123456789abcdefghij012345 make", "GITHUB_TOKEN=<token> make"),
        ('"API_KEY": "0123"', '"API_KEY": <token>'),
        ("//registry.example/:_authToken=abcdef", "//registry.example/:_authToken=<token>"),
        ("got ghp_0123456789abcdefghij012345.", "got <token>."),
        ("AKIA0123456789ABCDEF is the key", "<token> is the key"),
        ("https://x.example/y?a=1&X-Amz-Signature=f00&b=2", "https://x.example/y?a=1&X-Amz-Signature=<token>&b=2"),
        ("it said xK93kdkQQ1 aloud", "it said <token> aloud"),
        ("From: some.body@mail.example.org", "From: <mail>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest", "<key>\nrest"),
    ],
)
def test_names_and_secrets_are_taken_out(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "gcc -O2 -c -o runtime/sys.n.o runtime/sys.c",
        "make[1]: *** [Makefile:1263: runtime/sys.n.o] Error 1",
        "https://github.com/ocaml/ocaml/archive/5.1.1.tar.gz",
        "sha256 57f7b382b3d71198413ede405d95ef3506f1cdc480cda1dca1e26b37cb090e17",
        "the short value abc of a secret variable is a word like others",
        "editor-of-choice",
        "Error: Unbound value Sys.is_regular_file",
    ],
)
def test_what_a_report_is_for_stays(text: str) -> None:
    assert redact(text) == text


def test_public_names_stay_and_an_empty_environment_is_no_problem() -> None:
    plain = Redactor({}, user="root", machine="localhost")
    assert plain("root@localhost / ran ~ in /") == "root@localhost / ran ~ in /"


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_secret_of_the_environment_stays_nowhere(before: str, after: str) -> None:
    assert "xK93kdkQQ1" not in redact(f"{before}xK93kdkQQ1{after}")


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)
