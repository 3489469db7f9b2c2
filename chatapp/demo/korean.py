"""The Korean texts of the friendly models, all in 해요체."""

from chatapp.demo.texts import Texts, read_diary, read_prose

ORDINALS = ("첫", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")

TOPICS = {
    "who": "인사",
    "help": "도움말",
    "markdown": "마크다운",
    "table": "표",
    "code": "코드",
    "math": "수식",
    "list": "목록",
    "emoji": "이모지",
    "story": "이야기",
    "error": "오류",
    "long": "긴 답변",
    "speed": "속도",
}

SUGGESTIONS = (
    "`초당 10토큰으로 표 보여 줘`: 한 줄씩 자라는 표를 볼 수 있어요",
    "`긴 답변 3000자`: 중간에 중지했다가 이어서 받아 보세요",
    "`누구세요`: 진짜 모델을 연결하는 방법을 알려 드려요",
    "`마크다운`: 서식을 모두 보여 드려요",
    "`생각`: 답변보다 먼저 나오는 추론을 볼 수 있어요",
    "`수식`: 수식 몇 개를 보여 드려요",
    "`이야기`: 잠깐 읽을거리를 들려드려요",
    "`오류`: 실패가 어떻게 보이는지 확인해 보세요",
    "`도움말`: 제가 알아듣는 말을 모두 알려 드려요",
)


def format_ordinal(number: int) -> str:
    """Return an ordinal: `세 번째`, or digits for larger numbers."""
    return f"{ORDINALS[number - 1]} 번째" if number <= len(ORDINALS) else f"{number}번째"


def describe_memory(number: int, first: str) -> str:
    """Return a sentence about the earlier questions."""
    return f" 이 대화에서 {format_ordinal(number)} 질문이고, 처음에는 “{first}”라고 하셨어요."


def think_aloud(quote: str, topic: str | None) -> str:
    """Return the reasoning."""
    start = f"“{quote}”라는 질문을 받았어요. 제가 아는 말이 들어 있는지 살펴볼게요."
    if topic is None:
        found = "들어 있지 않네요. 솔직히 말씀드리고, 해 볼 만한 것 세 가지를 권해 드려야겠어요."
    else:
        found = f"“{TOPICS[topic]}”에 대한 말이 있네요. 준비된 글이 있으니 그대로 들려드리면 되겠어요."
    end = "진짜 모델이라면 여기서 답을 따져 보겠지만, 저는 그 과정이 어디에 나타나는지만 보여 드려요."
    return f"{start} {found} {end}"


TEXTS = Texts(
    prose=read_prose("ko"),
    diary=read_diary("ko"),
    heading="{}일째",
    suggestions=SUGGESTIONS,
    memory=describe_memory,
    reasoning=think_aloud,
    astray=" … 여기서 이야기의 흐름을 놓쳤어요. 제가 시작한 글이 아닌 것 같으니 다시 물어봐 주세요.",
    nothing_left=" 여기까지가 전부예요.",
)
