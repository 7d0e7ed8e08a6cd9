// The empty case code is a case of its own.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 accept "" by ZhangWei due_at 10:00
11:00 complete "" by ZhangWei
12:00 complete C1 by LiNa due_at 11:00
---
#1 -5 ZhangWei decided-late
#2 -5 LiNa decided-late
