// A rule set may end; the one that takes a rule away takes its points back.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules busy
| format = 1
| [ruleset]
| id = "busy"
| title = "busy"
| effective_to = 2026-11-23
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| points = 1
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001
2026-11-24
09:00 start A002 window 7 by ZhangWei
09:10 end A002
2026-11-25
09:00 rules busy effective_from 2026-11-01
| [[rule]]
| id = "idea"
| title = "建议"
| dimension = "innovation"
| on = "suggestion"
| subject = "person"
| points = 1
---
#1 +1 ZhangWei busy — the last day of the set
#2 -1 ZhangWei busy reverses #1 — the version that took the rule away
