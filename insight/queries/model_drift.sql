-- Of each feature, the measure that is nearest to its limit.
with measures as (
    select 'score' as feature, month, status, psi / psi_limit as psi_used,
        missing_share / missing_share_limit as missing_used, unseen_share / unseen_share_limit as unseen_used
    from monitoring.ml.score_drift

    union all

    select feature, month, status, psi / psi_limit, missing_share / missing_share_limit,
        unseen_share / unseen_share_limit
    from monitoring.ml.feature_drift
),

nearest as (
    select *, greatest(psi_used, missing_used, unseen_used) as limit_used from measures
),

ranked as (
    select *, dense_rank() over (order by highest desc, feature) as place
    from (select *, max(limit_used) over (partition by feature) as highest from nearest)
)

select feature, month, status, limit_used, psi_used, missing_used, unseen_used
from ranked
where place <= $features and limit_used is not null
order by highest desc, feature, month
