"""The few words of this application in what is written for people, in the languages of the page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    untitled: str
    user: str
    assistant: str
    system_prompt: str
    reasoning: str
    stopped: str
    failed: str
    interrupted: str
    cached: str
    #: Of a branched conversation; takes the count of the messages that are not shown.
    branches: str
    image: str
    audio: str
    video: str
    file: str
    #: Of what a ChatGPT export has that this application has not; takes its name.
    other: str
    no_question: str


ENGLISH = Words(
    untitled="Untitled",
    user="User",
    assistant="Assistant",
    system_prompt="System prompt",
    reasoning="Reasoning",
    stopped="This answer was stopped before its end.",
    failed="This answer failed.",
    interrupted="This answer was interrupted.",
    cached="from the cache",
    branches="This is the branch that is open. Messages on other branches, not shown here: {count}. "
    "The JSON export has all.",
    image="image",
    audio="audio",
    video="video",
    file="file",
    other="content that could not be taken over: {name}",
    no_question="(The export has no question here.)",
)
KOREAN = Words(
    untitled="제목 없음",
    user="사용자",
    assistant="답변",
    system_prompt="시스템 프롬프트",
    reasoning="생각 과정",
    stopped="끝나기 전에 멈춘 답변입니다.",
    failed="실패한 답변입니다.",
    interrupted="도중에 끊긴 답변입니다.",
    cached="저장된 답변",
    branches="열려 있는 갈래만 담았습니다. 다른 갈래의 메시지 {count}개는 JSON으로 내보내면 함께 담깁니다.",
    image="이미지",
    audio="오디오",
    video="동영상",
    file="파일",
    other="옮겨 올 수 없는 내용: {name}",
    no_question="(내보낸 파일에 질문이 없습니다.)",
)


def words_of(language: str) -> Words:
    return KOREAN if language == "ko" else ENGLISH
