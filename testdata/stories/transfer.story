// A number passed on counts where it was served.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 call A001 window 7 by ZhangWei
09:02 transfer A001 window 7 by ZhangWei to 8
09:05 start A001
09:10 end A001
09:20 call A002 window 7 by ZhangWei
09:21 transfer A002 window 7 to 8
09:22 call A002 window 8 by LiNa
09:23 start A002
09:30 end A002
---
#1 +5 UNKNOWN service-time at 8/D1/H1 — nobody was named at window 8
#2 +5 LiNa service-time at 8/D1/H1
