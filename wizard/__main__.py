"""`python -m wizard` is the same as the command `ocaml-cross-wizard`."""

from wizard.faces.cli import main

if __name__ == "__main__":
    main()
