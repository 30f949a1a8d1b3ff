"""The fields of the forms in Prefect's UI, with Chinese labels and explanations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.fields import FieldInfo


def _field(title: str, description: str) -> FieldInfo:
    # Prefect overwrites a field's title with the parameter's name; what stands in the extra stays.
    found: FieldInfo = Field(json_schema_extra={"title": title, "description": description})
    return found


Home = Annotated[str, _field("数据目录", "本单位 duban 数据所在的文件夹；不填即办理机器上设定的目录。")]
Year = Annotated[int, _field("年度", "如 2026；填 0 即今年。")]
PlanFile = Annotated[str, _field("清单文件", "服务器上的 xlsx、csv 或 docx 文件；不填即沿用已导入的清单。")]
Source = Annotated[str, _field("来文依据", "这一版清单依据的文件，如“党组〔2026〕3号”，可不填。")]
Approver = Annotated[str, _field("审批人", "姓名或邮箱；不填即按 duban.toml 中的设置。")]
Month = Annotated[
    str,
    _field(
        "月份",
        "如 2026-03。不填时：每月最后三个工作日编印下个月的行事历，此前补印本月漏印的，已印的不重印。",
    ),
]
Quarter = Annotated[str, _field("季度", "如 2026-Q1。不填时：每季度首月10日前编印本季度的清单。")]
InspectedHalf = Annotated[str, _field("半年", "如 2026-H1。不填时：6月、12月上旬启动当期检查。")]
ReportedHalf = Annotated[str, _field("半年", "如 2026-H1。不填时：7月、1月上旬起草刚结束的半年汇报。")]
Day = Annotated[str, _field("日期", "如 2026-03-16；不填即今天。已督办过的日子不会重复。")]
AsOf = Annotated[str, _field("模拟日期", "演示用：按这一天办理，如 2026-03-16。日常不填。")]
OrderNumber = Annotated[int, _field("办单号", "系统接续办理时自动填写；人工启动时填 0。")]
ApprovalNumber = Annotated[int, _field("审批编号", "待审批的编号，由系统填写。")]
StepNumber = Annotated[int, _field("轮次", "审批的第几轮，由系统填写。")]
PartNumber = Annotated[int, _field("第几片", "由系统填写。")]
PartTitle = Annotated[str, _field("片区", "由系统填写。")]
