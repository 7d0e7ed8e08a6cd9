// An end without a start and a start never ended make no fact but an anomaly.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 end A001 window 7 by ZhangWei
09:10 start A002 window 7 by ZhangWei
2026-11-25
09:00 start A001 window 7 by ZhangWei // more than a day after the stray end: another service
09:15 end A001
---
#1 +5 ZhangWei service-time
anomaly end:A001 end_without_start
anomaly A002 never_ended
