"""Short phrases with a fixed meaning in conversation, in four written languages, on folded text.

What people say in a handful of words to steer a conversation; everything freer is learnt from the
exemplars.
"""

from __future__ import annotations

import re

RESTART = re.compile(
    r"^(?:please |let'?s |can we |ok,? )*(?:start (?:over|again|afresh|from scratch|from the beginning)|restart|reset|begin again|new case|from the top)\b"
    r"|^(?:我们?)?(?:想|要|请|可以)?(?:重新(?:开始|来|来过)|从头(?:开始|来|再来)|重来|重置|清空重来|全部重来)"
    r"|^(?:すべて|全部)?(?:最初から(?:やり直|お願い|始め)|やり直し|リセット|初めから(?:やり直|お願い|始め))",
)
SKIP = re.compile(
    r"^(?:please |could we |may i |let me |i'?ll ||let'?s |can we |i'?d rather |just )*(?:skip|pass|next(?: question)?|move on|leave (?:it|that)(?: open)?)\b(?: (?:this|that|it|one|please|on|question|this one|that one|for now))*\W*$"
    r"|^(?:先|请|我想)?(?:跳过|略过|pass|下一(?:题|个)|先不(?:答|回答|谈))(?:这(?:题|个)|吧|这一题|这个问题)*\W*$"
    r"|^(?:この(?:質問|点|件|問い)は|これは|ここは|いったん|一旦|ひとまず|すみません|[、,])*(?:スキップ|飛ばし|とばし|パス|次(?:へ|の質問))(?:て|します|させて|で|お願い|いただけ|頂け|もらえ|ください|下さい|ます|でしょう|か|し|に|進んで|進みましょう|いい|よい|良い|です)*\W*$",
    re.IGNORECASE,
)
SUMMARY = re.compile(
    r"^(?:please |can you |could you |(?:just )?give me (?:a|the) (?:quick |short )?)*(?:summary|summari[sz]e|recap|status|where (?:do|are) we|what (?:have you|do you have)(?: got)?(?: so far)?)(?: (?:please|so far|now|this|it|at|standing|up|until now|everything|of .{1,30}))*\W*$"
    r"|^(?:请|麻烦|先|可以)*(?:帮我?)?(?:总结|小结|摘要|整理)(?:一下|目前|下|吧|为止|的?(?:情况|内容|结果|重点|进度)|到(?:目前|现在))*\W*$"
    r"|^(?:ここまで(?:の(?:内容|話|整理)?)?(?:を)?)?(?:一度)?(?:まとめ|要約|サマリー?|整理)(?:て|を|し|して|お願いします|お願い|ください|下さい|もらえますか|いただけますか)*\W*$",
)
HELP = re.compile(
    r"^(?:help|\?|/help|what can you do|how does this work|帮助|说明|怎么用|你能做什么|ヘルプ|使い方(?:は|を)?)\W*$"
)
UNDO = re.compile(
    r"^(?:please )?(?:undo|take that back|scratch that|forget (?:that|what i (?:just )?said))(?: please| last| the last (?:one|answer))*\W*$"
    r"|^(?:撤销|撤回|取消(?:上一个|刚才的)?(?:回答)?|刚才(?:的|那个)?(?:不算|收回))\W*$|^(?:取り消し|取消|今のなし|今のは?取り消し)(?:て|で|ます|お願いします|ください)*\W*$",
)
WHY = re.compile(
    r"^(?:but |and |ok(?:ay)?,? |hm+,? )*(?:why(?: (?:do|are|would|should|is|that|so|not|rag|fine|hybrid|this|both)\b.*)?|how come|what for|what'?s the reason)\W*$"
    r"|^(?:为什么|为何|为啥|凭什么|何以|怎么会)|^(?:なぜ|何故|どうして|なんで|理由は)",
)
YES = re.compile(
    r"^(?:oh |well,? |um+,? |er+,? |hm+,? |that'?s |that is |quite )*(?:yes|yeah|yep|yup|sure|of course|definitely|absolutely|certainly|indeed|correct|right|affirmative|it does|it must|they do|we do|we have|we must|it is|true|afraid so|i'?m afraid so|very much so|aye|y)\b"
    r"|^(?:嗯+|对|是(?!否|不是)|有(?!没有|可能)|要(?!看|问|不要)|需要|必须|当然|一定|没错|可以|确实|正是|肯定|得要|会(?!不会)|行)"
    r"|^(?:はい|ええ|うん|そうです|その通り|もちろん|必須|必要です|あります|要ります|いります|です$|ございます|左様)",
)
NO = re.compile(
    r"^(?:oh |well,? |um+,? |er+,? |hm+,? |actually,? )*(?:no\b(?! wait)|nope|nah|(?:probably|certainly|definitely|absolutely|afraid|hope|think|suppose|guess) not|not (?:really|at all|yet|necessarily|particularly|especially|so far|that|in|for|as|us|to my)|na+h|i (?:don'?t|do not) (?:think|believe)|i'?d say (?:no|not)|can'?t say (?:we|it|they)|never|none|nobody|neither|hardly|it doesn'?t|they don'?t|we don'?t|we haven'?t|it isn'?t|false|negative|n\b)"
    r"|^(?:不(?!一定|清楚|知|确定|太清|好说|晓)|没(?!错|问题)|无(?!论)|非也|还没|尚未|从未|从来没|未曾|倒不|并不|并没)"
    r"|(?:,|;|\bso|\bthen)\s*(?:that'?s a |it'?s a )?no\W*$"
    r"|^(?:いいえ|いえ|いや(?!あ)|ううん|ないです|ありません|特に(?:ない|ありま|求め|必要)|不要|不必要|まだ|要りません|いりません|必要ありま|必要ない|とくに)",
)
DONT_KNOW = re.compile(
    r"\b(?:(?:i |we )?(?:don'?t|do not|dont) (?:really |actually |honestly )?know|no idea|no clue|not sure|unsure|(?:i'?d|i would|i'?ll|we'?d) have to (?:ask|check|look|find)|(?:can'?t|cannot) (?:say|tell)|hard to say|haven'?t (?:a clue|decided|thought|the foggiest)|beats me|who knows|dunno|idk|your guess is as good|couldn'?t (?:say|tell)|tbd|to be (?:decided|determined|confirmed)|undecided|let me (?:check|ask|get back)|i'?ll (?:check|ask|get back)|need to (?:check|ask)|above my pay|i'?d (?:only |just )?be (?:making (?:it|that) up|guessing|inventing)|(?:nobody|no one)(?: here)? (?:has |had |'s )?(?:ever )?(?:really )?(?:measured|counted|knows|worked|said)|rather not guess|sooner not guess|couldn'?t give you)"
    r"|不知道|不清楚|不晓得|没概念|没想过|说不(?:准|上|清|好)|不确定|不太(?:清楚|确定|知道)|(?:要|得|需要|再|先|去|回去)(?:再|先|去|回去)?(?:问|确认|查)(?:一下|问|看|看看|清楚|过|我们|(?: ?it|[^,。?!]{0,4}(?:部门?|处|室|科|组|课|团队|同事|老板|主管|那边|单位|技术|业务))(?=[,。!?]|$|才|再|看|一下|确认))|难说|不好说|答不(?:出来?|上来?)|说不出来?|不敢(?:乱)?(?:讲|说|报)|(?:怕|别)(?:乱|瞎)(?:讲|说|猜)|没(?:有)?数|猜不出|还没(?:定|决定|讨论|想)|没(?:研究|统计|算|量|估)过|尚未(?:决定|确认|统计)|待(?:定|确认)|无法(?:预估|估计|估算|评估|预测)|没人(?:测|算|量|统计|估|数)|估不出|算不出|没数过|没统计"
    r"|分かりません|分かりかねま|わかりません|わからない|分からない|存じません|存じ上げ|把握(?:して|でき)(?:い)?(?:ない|ません|おりません)|確認(?:が|を)?(?:要|必要|しないと|してみ|します|させて|取ら)|確认(?:が|を)?(?:要|必要|しないと|してみ|します|させて)|确认(?:が|を)?(?:要|必要|しないと|してみ|します|させて)|持ち帰|未定|不明|なんとも(?:言|い)え|何とも(?:言|い)え|未確認|見当(?:も|が)?つ|(?:試算|见积もり|見積もり|見積り|集計|計測|測定)(?:は|も|を)?(?:まだ)?(?:して|出して|できて)(?:い)?(?:ない|ません|おりません)|(?:谁|誰)も.{0,14}(?:ない|ません)|決まって(?:い)?(?:ない|ません|おりません)",
)
CORRECTION = re.compile(
    r"\b(?:no,? wait|wait,? no|sorry,? (?:i meant|that'?s|make that|no|(?=\d))|i meant?|i mean|make that|correction|scratch that|rather|let me correct|or rather|no,? (?:sorry|actually|make))\b|,\s*no,"
    r"|不对|不是(?=,)|(?:说错|讲错|搞错|记错)了?(?=[,。;:…!—]|\s|$)|更正|应该(?:说|是)|我是说|改成|修正一下|不不|(?:真实|正确|实际)(?:上)?(?:的)?(?:数(?:字)?)?(?:是|应为)"
    r"|いや[,、]|いえ[,、]|ではなく(?:て)?|じゃなく(?:て)?|正しくは|訂正|间违|間違え(?:まし|た(?!ら|とき|時|場合|り)|て(?=[、,]|\w{0,6}(?:言|書|申)))|間違いでし|失礼[,、しま]|すみません[,、].*?でした",
)
LATER_CORRECTION = re.compile(
    r"\b(?:sorry|i meant|actually|earlier|i said|told you|correction|correct (?:that|my|what)|go back|back to|on second thought|i was wrong|i misspoke|my mistake|change my answer|changed my mind|just (?:learned|heard|found out|checked|been told)|turns out|amend|update on|revisit|oh wait|hold on|spoke too soon|scrap that|strike that|mixed up|got (?:it|that) wrong|stand corrected)\b"
    r"|刚才|刚刚|看错|报错|记混|mix(?:ed)? up|之前|前面|先前|更正|说错|讲错|改一下|改成|修正|搞错|记错|回头(?:看|说)|其实|重新(?:确认|问)|我查了|问过了|问到了|补充"
    r"|先ほど|勘違い|誤り|さっき|さきほど|前に|訂正|间违|間違|修正|実は|実际|変更|改め|確認したら|确认したら|聞いたら|言い直",
)
HYPOTHETICAL = re.compile(
    r"\b(?:what if|what would (?:happen|change|you (?:say|recommend))|suppose|supposing|hypothetically|let'?s say|say we|imagine|assuming|if we (?:had|were|did|got|could|went|changed)|had we|would it change|would that change|what happens if|were we to)\b"
    r"|(?:如果|假如|假设|要是|万一|倘若|若是|若)(?:.{0,40}?)(?:呢|会(?:怎|变|不会|是|有)|怎么(?:样|办)|的话|\?|结果|建议|推荐|还(?:是|会|推荐))"
    r"|もし|仮に|仮定|だったら(?:どう|結論|変わ)|(?:た|なら|れば)(?:ら)?(?:どう(?:な|変)|結論|答え|推奨|変わり)",
)
QUESTION = re.compile(
    r"[??]\s*$|(?:吗|呢|嘛|么)\W*$|^(?:what|why|how|which|who|when|where|can|could|should|is|are|does|do|did|would|will|tell me|explain|compare|define)\b"
    r"|(?:ですか|ますか|でしょうか|のか|教えて(?:ください|下さい)?|とは)\W*$|^(?:什么|为什么|怎么|如何|哪|多少|请问|想问|能不能|可不可以|解释|说明|比较|介绍)",
)
ASKING = re.compile(
    QUESTION.pattern
    + r"|哪|多少|怎么|如何|什么|啥|咋|多久|多长|谁|几(?:年|个月|天|成|次|人)|(?:是|能|会|要|可|行|算)不(?:是|能|会|要|可|行|算)"
    r"|どう|いくら|どれ|どち|どの|どこ|いつ|なぜ|何(?:か月|年|件|人|回|が|を)|でしょう"
    r"|\b(?:what|which|who|when|where|why|how)\b"
)
"""A question's words anywhere: enough where no question of ours is pending and one of the user's was just answered."""
THE_TWO = re.compile(
    r"\b(?:of the|the|these|those) two\b|\beither (?:one|approach|way)\b|\b(?:which|either|both) (?:one|approach|method|route|of them)\b|\bthe (?:article|author|text)\b|\bre-?train|\bvector|\btwo-layer"
    r"|两(?:者|种(?:方法|做法|路线|方式))|二者|哪(?:一)?(?:种|个)(?:方法|做法|方案|路线|方式|比较|更)|文章|作者|重新训练|向量|两层"
    r"|両者|二つの(?:方法|手法)|どちらの(?:方法|手法|やり方|ほう|方)|(?:この|その)?記事|筆者|再学習|ベクトル|二層"
)
"""Words of the article's topic other than its names."""
NEGATED_BEFORE = re.compile(
    r"(?:不像|unlike|not like)[^,。;]{0,14}$|(?:\bnot|n't|\bnever|isn't|不是|并非|没有|不用|不会|不必|ではなく|じゃなく)\s*(?:exactly |really |quite |necessarily )?$"
)
CHANGE = re.compile(
    r"chang|updat|revis|re-?issu|refresh|publish|re-?publish|amend|edit|rewrit|releas|rotat|new (?:version|edition|price|rate|rule)|re-?pric|drop|goes? out|comes? out|turn over|turnover|overwrit|sync|moves?\b|re-?print|re-?load|ingest|version|bulletin|push"
    r"|改|更新|换|变|修订|调整|发布|上架|重出|重发|重印|公告|新版|出(?:一)?(?:版|新)|同步|异动|调价|改版|刷新|迭代|滚动|汰换|推送"
    r"|更新|改定|改訂|改正|変わ|変え|変動|差し替|入れ替|入れ替え|改版|刷新|見直|配信|発行|反映|切り替|追加|アップデート|バージョン|書き換",
)
CALLS = re.compile(
    r"\bcalls?\b|quer(?:y|ies)|request|question|look-?ups?|hits?\b|inference|invocation|prompt|message|ticket|document|transaction|traffic|volume|conversation|chat|search|scan|case|claim|report|email|times\b|ask"
    r"|次|通|笔|单|件|张|份|调用|请求|查询|提问|问|流量|访问|推论|推理|人次"
    r"|回|件|コール|リクエスト|問い合わせ|问い合わせ|クエリ|アクセス|呼び出し|検索|質問|本|通",
)
EXAMPLES = re.compile(
    r"label|annotat|example|pair|sample|tagged|record|ticket|transcript|reviewed|curated|gold|answers?|cases|marked|dataset|rows|documents?|reports?|conversations?|dialogues?|contracts?|letters?|q&as?"
    r"|标注|标记|样本|样例|范例|案例|标|笔|条|份|筆|对话|工单|问答|数据|资料|训练|封|则|组|件"
    r"|ラベル|アノテ|教師|例|件|サンプル|データ|事例|対話|组|組|セット|本|レポート",
)
REVIEWED = re.compile(
    r"label(?:l?ed)|annotat|review|curated|gold|verified|checked|validated|approved|signed|quality|hand-?(?:mark|pick|correct|score)|tagged|marked|expert|double|graded|scored|corrected|adjudicat"
    r"|标注|标好|标过|标完|审核|审过|复核|校对|校验|人工|质检|确认过|签|专家|打标|精标|核对|检查过|改过"
    r"|ラベル|アノテ|レビュー|確認済|确认済|検証|検品|チェック|校閲|専門家|监修|監修|正解|査読|二重|承認|付け",
)
UNREVIEWED = re.compile(
    r"unlabel|un-?annotat|not (?:been )?(?:label|annotat|review|check|tag)|raw\b|never (?:been )?(?:label|review|check|tag)|no labels?|without labels?|none (?:of (?:them|it|those) )?(?:are |is |has |have )?(?:been )?(?:label|annotat|review|check|tag)|nobody(?: has|'s)? (?:label|review|check|tag|look)|unreviewed|untagged|mess"
    r"|(?:标|审|校|改|整理|检查|复核|核对)(?:注|核)?(?:过|好|完)的?[^,。;]{0,8}(?:没有|没|零|(?:两|一)只手|屈指可数)|没(?:有)?(?:人)?(?:标|审|校|整理|检查|复核)|未(?:标|审|经|校|整理)|还没(?:标|审|校|整理)|原始|没整理|没有标签|乱"
    r"|ラベルなし|ラベルは?(?:ない|ありません|付いてい|ついてい)(?:ない|ません)?|未(?:整理|確認|确认|レビュー|ラベル|アノテ|チェック)|生データ|レビューは(?:まだ|してい|され)|确认(?:は|して)(?:いない|いません)",
)
OTHER_COUNT = re.compile(
    r"^\s*(?:years?|months?|weeks?|days?|hours?|%|percent|people|persons?|staff|employees|nurses|doctors|lawyers|engineers|users|sites?|stores?|branches|countries|languages|departments?|teams?|systems?|pages?|gb|tb)\b"
    r"|^(?:个)?(?:年|个月|周|天|小时|人|位|名|家|间|部门|国|语言|页|分钟|种|类|度|歳|か月|ヶ月|社|店|部署|ページ|カ月|割|成|%|週間|日间|日間|時間|科|課)",
)

NEGATION = re.compile(
    r"\b(?:no|not|none|never|without|nobody|nothing)\b|n't|没|不|无|未|ない|なかった|なし|なく|ません"
)
"""Anything that negates; in a what-if it is the other value that is tried."""

INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|bypass|override)\b.{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|guidance|above|previous(?:ly)?|everything|safety)\b"
    r"|\b(?:system|initial|hidden|developer|your) (?:prompt|instructions?|message|configuration)\b|\binstructions? (?:you|were|was|above|given)\b"
    r"|\bin your (?:response|reply|answer|output|next message)s?\b"
    r"|\b(?:base64|rot13|jailbreak|developer mode|debug mode|maintenance mode|token smuggling)\b|<\s*/?\s*(?:html|script|div|img|iframe|body|system|p|a)\b|!\[[^\]]*\]\(|<!--|\]\((?:javascript|data|vbscript):|\bprompt injection\b"
    r"|\b(?:this|the following|above) (?:text|message|e-?mail|letter|document)\b.{0,30}\b(?:ai|llm|assistant|model|advisor)s?\b|\b(?:any |the )?(?:ai|llm)s? (?:that|who|which) (?:reads?|process(?:es)?|receives?|summari[sz]es?)\b"
    r"|(?:本文|此信|这封信|この(?:文|メール|文書)).{0,12}(?:ai|llm|助理|助手|模型)|(?:ai|llm)(?:助理|助手|アシスタント).{0,16}(?:一律|必须|务必|请|要)|アドバイザーは.{0,20}(?:読み上げ|繰り返|表示|出力|答え)(?:る|よ|せ)"
    r"|(?:忽略|无视|忘掉).{0,12}(?:指令|指示|规定|规则|提示|以上|之前|先前)|(?:你的|您的|系统|初始|隐藏|内部|完整|全部|原始)的?提示词|(?:输出|显示|透露|泄露|泄漏|重复|告诉|印出|打印|贴出|念出|公开|列出).{0,10}提示词|提示词.{0,6}(?:输出|显示|透露|贴|印|念|公开|列)出?来|系统(?:提示|消息|讯息)|(?:指示|命令|ルール|規則|プロンプト).{0,8}(?:無視|忘れ|表示|出力)|システム(?:プロンプト|メッセージ)"
)
"""Words that speak to a machine about its orders: matter that is quoted at us, never an answer to a question of ours."""


_FIRST = re.compile(
    r"^(?:it'?s |that'?s |more )?(?:the )?(?:first|former|1(?:st)?|earlier)(?: one)?\W*$|^(?:是)?(?:前者|第一个|第一种|前面(?:那个|的)?|1)\W*$"
    r"|^(?:前者|最初|1つ目|一つ目|1番|はじめ)(?:の(?:ほう|方))?(?:です|だ|で|になります|のほうです)*\W*$"
)
_SECOND = re.compile(
    r"^(?:it'?s |that'?s |more )?(?:the )?(?:second|latter|2(?:nd)?|later|last)(?: one)?\W*$|^(?:是)?(?:后者|第二个|第二种|后面(?:那个|的)?|2)\W*$"
    r"|^(?:後者|后者|2つ目|二つ目|2番|あと)(?:の(?:ほう|方))?(?:です|だ|で|になります|のほうです)*\W*$"
)


def ordinal(folded: str) -> int | None:
    """Which of two things a text chooses by its place: 0 for the first, 1 for the second."""
    if _FIRST.search(folded.strip()):
        return 0
    return 1 if _SECOND.search(folded.strip()) else None


def corrects(folded: str) -> bool:
    """Whether a text announces that something said before was wrong."""
    return bool(LATER_CORRECTION.search(folded))


TOPICS: dict[str, re.Pattern[str]] = {
    "knowledge_update_frequency": re.compile(
        r"how often|frequen|cadence|updates?\b|refresh|(?:knowledge|content|documents?|rules?|prices?|lists?) (?:change|get changed|is updated|are updated)"
        r"|更新频率|多久(?:更新|改|换)|更新(?:的)?(?:周期|节奏)|改版|更新頻度|改定(?:頻度|周期)|更新(?:の)?(?:サイクル|周期|间隔|間隔)|どのくらいの頻度|頻度|频度"
    ),
    "output_priority": re.compile(
        r"accura|consisten|priorit|matters? (?:more|most)|correctness|内容正确|格式一致|正确(?:性)?(?:还是|和|与|优先)|优先|一致性|看重|在意|正確さ|一貫性|優先|优先|重视|重視"
    ),
    "labeled_data": re.compile(
        r"label|annotat|examples?\b|training data|reviewed|标注|标记|样本|样例|范例|训练数据|ラベル|アノテ|教師データ|教师データ|学習データ"
    ),
    "traceability_required": re.compile(
        r"traceab|sources?\b|audit|cit(?:e|ing|ation)|provenance|regulator|compliance|追溯|溯源|来源|出处|稽核|审计|合规|监管|出典|根拠|追跡|監査|监査|トレーサ|ソース"
    ),
    "strict_format": re.compile(
        r"format|template|layout|schema|structure|格式|模板|版式|版型|范本|固定(?:的)?(?:格式|栏位|字段)|フォーマット|書式|书式|様式|样式|定型|テンプレ|形式"
    ),
    "daily_calls": re.compile(
        r"\bcalls?\b|volume|traffic|queries|querys|requests|per day|a day\b|usage|调用|流量|次数|每天.{0,6}次|用量|请求量|查询量|コール|呼び出し|件数|回数|アクセス|リクエスト"
    ),
    "specialized_language": re.compile(
        r"jargon|terminolog|vocabular|domain language|specialis?z?ed language|lingo|dialect|术语|行话|专业语言|领域语言|黑话|用语|专门用语|専門用語|专門用語|用語|专门用语|隠語|方言"
    ),
    "use_case_validated": re.compile(
        r"pilot|prototype|\bpoc\b|trial|proof of concept|validated|tested|tried|试点|试用|试跑|原型|验证|测试过|试过|試作|试作|検証|检证|実証|トライアル|パイロット|プロトタイプ"
    ),
}
"""Words by which people name a fact when they come back to it."""
