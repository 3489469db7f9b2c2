"""Ask the Streamlit application one question, without a browser: `python check_streamlit.py`. Prints the answer."""

from pathlib import Path

from streamlit.testing.v1 import AppTest


def main() -> None:
    app = AppTest.from_file(str(Path(__file__).with_name("streamlit_app.py")), default_timeout=60).run()
    app.chat_input[0].set_value("Which class may I take to Busan?").run()
    if app.exception:
        raise SystemExit(app.exception[0].message)
    question, answer = (message.markdown[0].value for message in app.chat_message)
    print(f"{question}\n{answer}")  # noqa: T201


if __name__ == "__main__":
    main()
