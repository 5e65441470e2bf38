using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MolSampling.Molecular.Conformers;

namespace MolSampling.Molecular.Formats;

/// <summary>summary.json: what --json prints. Numbers that are not finite become null.</summary>
public static class SummaryJson
{
    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document.</summary>
    /// <param name="results">In the order of the input.</param>
    /// <param name="provenance">Version, seed, force field, temperature.</param>
    /// <param name="files">What each file is, and its name.</param>
    public static string Write(IEnumerable<ConformerResult> results, Provenance provenance, IReadOnlyDictionary<string, string> files) => new JsonObject
    {
        ["version"] = provenance.Version,
        ["seed"] = provenance.Seed,
        ["temperatureK"] = provenance.Temperature,
        ["forceField"] = provenance.ForceField,
        ["molecules"] = new JsonArray([.. results.Select(Molecule)]),
        ["files"] = new JsonObject(files.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value))),
    }.ToJsonString(s_options);

    private static JsonObject Molecule(ConformerResult r) => new()
    {
        ["name"] = r.Name,
        ["smiles"] = r.Molecule?.Smiles ?? r.InputSmiles,
        ["status"] = r.Status.ToString().ToLowerInvariant(),
        ["reason"] = r.Reason,
        ["atoms"] = r.Molecule?.Atoms.Count ?? 0,
        ["rotatableBonds"] = r.RotatableBonds,
        ["samples"] = r.Samples.Count,
        ["basins"] = new JsonArray([.. r.Basins.Select(b => new JsonObject
        {
            ["population"] = Number(b.Population),
            ["populationError"] = Number(b.PopulationError),
            ["freeEnergyKjPerMol"] = Number(b.FreeEnergy),
            ["freeEnergyErrorKjPerMol"] = Number(b.FreeEnergyError),
            ["representativeEnergyKjPerMol"] = Number(b.RepresentativeEnergy),
            ["state"] = b.State,
        })]),
        ["diagnostics"] = r.Diagnostics is not { } d ? null : new JsonObject
        {
            ["effectiveSampleSize"] = Number(d.EffectiveSampleSize),
            ["splitRhatMax"] = Number(d.SplitRhatMax),
            ["swapAcceptance"] = Number(d.SwapAcceptance),
            ["roundTrips"] = d.RoundTrips,
            ["energyEvaluations"] = d.EnergyEvaluations,
            ["converged"] = d.Converged,
        },
        ["notes"] = new JsonArray([.. r.Notes.Select(n => JsonValue.Create(n))]),
        ["wallSeconds"] = Math.Round(r.WallSeconds, 3),
    };

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
