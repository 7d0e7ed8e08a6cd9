// Who served: the person named, else who was signed in, else the roster, else UNKNOWN.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
roster LiNa window 7 from 2026-11-23T08:00 to 2026-11-23T12:00
2026-11-23
08:30 start A001 window 7 by ZhangWei
08:40 end A001
08:41 start A002 window 7
08:50 end A002
09:00 login ZhangWei window 7
09:01 start A003 window 7
09:10 end A003
09:11 logout window 7
09:12 start A004 window 7
09:20 end A004
13:00 start A005 window 7
13:10 end A005
---
#1 +5 ZhangWei service-time — named
#2 +5 LiNa service-time — rostered
#3 +5 ZhangWei service-time — signed in, though LiNa is rostered
#4 +5 LiNa service-time — signed out again
#5 +5 UNKNOWN service-time at 7/D1/H1 — nobody
