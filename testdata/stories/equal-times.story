// Events of one time: by sequence as a number, absent first, then source, then id.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 start A001 window 7 by ZhangWei seq 10
09:20 end A001 seq 1
09:20 start A001 window 8 by LiNa // no sequence: before the end, so that it closes the older start
09:30 end A001
10:00 start A002 window 7 by ZhangWei seq 9 via b
10:00 start A002 window 8 by LiNa seq 10 via a
10:10 end A002 seq 1
10:31 end A002 seq 1
---
#1 +5 ZhangWei service-time — A001
#2 +5 LiNa service-time
#3 +5 ZhangWei service-time — 9 comes before 10
#4 -3 LiNa service-time
