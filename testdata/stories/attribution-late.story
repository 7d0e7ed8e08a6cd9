// A sign-in or roster that arrives late for that time resolves again; a later move does not.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
08:30 start A001 window 7
08:40 end A001
13:00 start A002 window 7
13:10 end A002
08:00 login ZhangWei window 7
08:35 login LiNa window 7 // after the start
12:00 logout window 7 by ZhangWei // ZhangWei was relieved: LiNa stays
11:00 roster LiNa window 7 from 13:05 to 17:00 // after the start
11:00 roster ZhangWei window 7 from 13:00 to 13:01
12:30 logout window 7
---
#1 +5 UNKNOWN service-time
#2 +5 UNKNOWN service-time
#3 -5 UNKNOWN service-time reverses #2 person UNKNOWN
#4 +5 ZhangWei service-time — the sign-in of the morning holds all day: A002 …
#5 -5 UNKNOWN service-time reverses #1
#6 +5 ZhangWei service-time — … and A001
#7 +5 LiNa service-time — until another signs in
#8 -5 ZhangWei service-time reverses #4
#9 -5 LiNa service-time reverses #7
#10 +5 ZhangWei service-time — nobody is signed in any more: the roster
