// An end before its start is always held, whatever the limits say; a late start mends it.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
setting suspicion_min_ms 0 suspicion_max_ms 0
2026-11-23
09:10 end A001
09:12 start A001 window 7 by ZhangWei
09:10 end A002
09:12 start A002 window 7 by ZhangWei
09:00 start A002 window 7 by ZhangWei // late: now the end belongs to it, and the other start never ended
---
#1 +5 ZhangWei service-time — 09:00 to 09:10
held A001 end_before_start
anomaly A002 never_ended
