"""Before: a chat as Streamlit's own tutorial builds it, with settings, a cached file and a stop button."""

import os
from pathlib import Path

import streamlit as st
from openai import OpenAI

MODEL = os.environ.get("MODEL", "gpt-5-mini")


@st.cache_resource
def get_client():
    return OpenAI()


@st.cache_data
def load_rules():
    return Path(__file__).with_name("rules.txt").read_text(encoding="utf-8")


def stream_gen(messages, temperature):
    prompt = [{"role": "system", "content": load_rules()}, *messages]
    return get_client().chat.completions.create(model=MODEL, messages=prompt, temperature=temperature, stream=True)


st.title("Travel desk")
with st.sidebar:
    temperature = st.slider("Temperature", 0.0, 2.0, 1.0)
    st.button("Stop")  # any click ends the run of the script, and with it the answer

if "messages" not in st.session_state:
    st.session_state.messages = []
for message in st.session_state.messages:
    with st.chat_message(message["role"]):
        st.markdown(message["content"])

if question := st.chat_input("Ask about travel"):
    st.session_state.messages.append({"role": "user", "content": question})
    with st.chat_message("user"):
        st.markdown(question)
    with st.chat_message("assistant"):
        answer = st.write_stream(stream_gen(st.session_state.messages, temperature))
    st.session_state.messages.append({"role": "assistant", "content": answer})
