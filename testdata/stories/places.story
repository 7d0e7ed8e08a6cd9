// A window that moves takes only what comes after with it; a fact keeps the place of its time.
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
09:10 end A001
10:00 window 7 hall H1 department D9
11:00 start A002 window 7 by ZhangWei
11:10 end A002
08:30 window 7 hall H1 department D5 // arrives late
---
#1 +5 ZhangWei service-time at 7/D1/H1
#2 +5 ZhangWei service-time at 7/D9/H1
#3 -5 ZhangWei service-time reverses #1 at 7/D1/H1
#4 +5 ZhangWei service-time at 7/D5/H1
