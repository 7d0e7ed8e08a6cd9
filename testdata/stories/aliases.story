// An alias makes a code of one source another person; the same code of another source stays itself.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 start A001 window 7 by z1 via queue
09:10 end A001 via queue
10:00 start A002 window 7 by LiNa via queue
10:10 end A002 via queue
11:00 start A003 window 7 by z1 via desk
11:10 end A003 via desk
11:20 start A005 window 7 by W5 // nobody knows W5 yet
11:30 end A005
12:00 identify queue z1 is ZhangWei
12:10 identify queue LiNa is ZhangWei // in the queue's system this code is another's
12:20 identify desk z1 is W5 // makes W5 a person …
13:00 start A004 window 7 by W5
13:10 end A004
---
#1 +5 LiNa service-time
#2 +5 ZhangWei service-time — A001
#3 -5 LiNa service-time reverses #1
#4 +5 ZhangWei service-time — A002
#5 +5 W5 service-time — A003
#6 +5 W5 service-time — A005: the target of an alias is known
#7 +5 W5 service-time
