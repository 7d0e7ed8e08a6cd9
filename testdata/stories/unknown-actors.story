// A code never seen: awards to it wait until it is identified or registered; those to its window do not.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
rules windows
| [[rule]]
| id = "busy"
| title = "件数"
| dimension = "efficiency"
| on = "service"
| subject = "window"
| points = 1
2026-11-23
09:00 start A001 window 7 by X1 via queue
09:10 end A001 via queue
10:00 start A002 window 7 by X2 via queue
10:10 end A002 via queue
10:11 rate A002 5 via pad
11:00 identify queue X1
12:00 person X2 department D1
---
#1 +1 window:7 busy
#2 +1 window:7 busy
#3 +5 X1 service-time at 7/D1/H1 on 2026-11-23
#4 -1 window:7 busy reverses #2 — the person it names is a registered one now
#5 +1 window:7 busy person X2
#6 +5 X2 service-time
