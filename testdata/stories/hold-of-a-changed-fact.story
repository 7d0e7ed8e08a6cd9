// A release that names the digest of the fact as it was seen says nothing about what the fact becomes.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:00:20 end A001
09:10 start A002 window 7 by ZhangWei
09:10:20 end A002
09:30 release A001 seen
09:31 release A002
09:00:10 end A001
09:10:10 end A002
---
#1 +5 ZhangWei service-time — released as seen
#2 +5 ZhangWei service-time — released whatever it becomes
#3 -5 ZhangWei service-time reverses #1 — another fact now, to be judged again
held A001 too_short
anomaly end:A001 end_without_start
anomaly end:A002 end_without_start
