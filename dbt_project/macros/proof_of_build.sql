{#- The proof that a candidate was built completely, in its schema `proof`: `build` has the id that `prepare` gave to the
    candidate, and `nodes` one row per model, seed and data test of the project with its status in the last build. The
    proof is removed when a command begins to change tables, and written when it ends, so a killed build leaves none. -#}
{% macro begin_proof() -%}
    {%- if execute and flags.WHICH in ("build", "run", "seed", "snapshot") %}
        create schema if not exists proof;
        drop table if exists proof.nodes;
        create or replace table proof.build as
        select trim(content) as build_id from read_text('{{ build_id_file() }}')
    {%- endif -%}
{%- endmacro %}

{% macro end_proof(results) -%}
    {%- if execute and flags.WHICH in ("build", "run", "seed", "snapshot") -%}
        {%- set statuses = {} -%}
        {%- for result in results -%}
            {%- do statuses.update({result.node.unique_id: result.status | string}) -%}
        {%- endfor %}
        create or replace table proof.nodes (node varchar, resource_type varchar, status varchar);
        insert into proof.nodes values
        {%- for node in graph.nodes.values() if node.resource_type in ("model", "seed", "snapshot", "test") %}
            ('{{ node.name }}', '{{ node.resource_type }}', '{{ statuses.get(node.unique_id, "not run") }}')
            {{- "," if not loop.last }}
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{#- The file in which `prepare` stores the id of the candidate. -#}
{% macro build_id_file() -%}
    {{ (env_var("ONTIME_DBT_CLEAN_DIR", env_var("ONTIME_DATA_DIR", "data") ~ "/warehouse/candidate_changes")
        ~ "/build_id.txt") | replace("'", "''") }}
{%- endmacro %}
