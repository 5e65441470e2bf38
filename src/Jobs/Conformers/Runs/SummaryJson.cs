using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>summary.json: what --json prints. Numbers that are not finite become null.</summary>
public static class SummaryJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the document, a molecule at a time.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="molecules">In the order of the input, each from <see cref="Molecule"/>.</param>
    /// <param name="entries">In the whole list.</param>
    /// <param name="failures">The molecules without an ensemble.</param>
    /// <param name="provenance">Version, seed, force field, temperature.</param>
    /// <param name="files">What each file is, and its name.</param>
    public static void Write(Stream stream, IEnumerable<JsonNode> molecules, int entries, IEnumerable<MoleculeOutcome> failures,
        Provenance provenance, IReadOnlyDictionary<string, string> files)
    {
        using (var writer = new Utf8JsonWriter(stream, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString("version", provenance.Version);
            writer.WriteNumber("seed", provenance.Seed);
            writer.WriteNumber("temperatureK", provenance.Temperature);
            writer.WriteString("forceField", provenance.ForceField);
            writer.WriteNumber("entries", entries);
            writer.WriteStartArray("molecules");
            foreach (JsonNode molecule in molecules)
            {
                molecule.WriteTo(writer);
                writer.Flush();
            }
            writer.WriteEndArray();
            writer.WriteStartArray("failures");
            foreach (MoleculeOutcome failure in failures)
                new JsonObject { ["entry"] = failure.Number, ["line"] = failure.Line == 0 ? null : failure.Line, ["name"] = failure.Name,
                    ["reason"] = failure.Reason }.WriteTo(writer);
            writer.WriteEndArray();
            writer.WriteStartObject("files");
            foreach ((string file, string name) in files)
                writer.WriteString(file, name);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        stream.Write("\n"u8);
    }

    /// <summary>One molecule's object.</summary>
    public static JsonObject Molecule(ConformerResult r) => new()
    {
        ["name"] = r.Name,
        ["smiles"] = r.Molecule?.Smiles ?? r.InputSmiles,
        ["isomer"] = r.Isomer is not { } isomer ? null : new JsonObject
        {
            ["smiles"] = isomer.Smiles,
            ["axes"] = new JsonArray([.. isomer.Axes.Select(a => JsonValue.Create(a))]),
            ["number"] = r.Molecule?.Isomer?.Number,
            ["of"] = r.Molecule?.Isomer?.Count,
        },
        ["status"] = r.Status.ToString().ToLowerInvariant(),
        ["reason"] = r.Reason,
        ["method"] = r.Method,
        ["constraints"] = new JsonArray([.. r.Constraints.Select(c => JsonValue.Create(c))]),
        ["atoms"] = r.Molecule?.Atoms.Count ?? 0,
        ["rotatableBonds"] = r.RotatableBonds,
        ["samples"] = r.Samples.Count,
        ["basins"] = new JsonArray([.. r.Basins.Select(b => new JsonObject
        {
            ["population"] = Number(b.Population),
            ["populationError"] = Number(b.PopulationError),
            ["modelError"] = b.ModelError is { } model ? Number(model) : null,
            ["populationBelow"] = b.Below is { } bound ? Number(bound) : null,
            ["freeEnergyKjPerMol"] = Number(b.FreeEnergy),
            ["freeEnergyErrorKjPerMol"] = Number(b.FreeEnergyError),
            ["representativeEnergyKjPerMol"] = Number(b.RepresentativeEnergy),
            ["state"] = b.State,
        })]),
        ["averages"] = new JsonArray([.. r.Averages.Select(a => new JsonObject
        {
            ["name"] = a.Name,
            ["unit"] = a.Unit,
            ["value"] = Number(a.Value),
            ["error"] = Number(a.Error),
        })]),
        ["diagnostics"] = r.Diagnostics is not { } d ? null : new JsonObject
        {
            ["effectiveSampleSize"] = Number(d.EffectiveSampleSize),
            ["smallestSeen"] = Number(d.SmallestSeen),
            ["splitRhatMax"] = Number(d.SplitRhatMax),
            ["swapAcceptance"] = Number(d.SwapAcceptance),
            ["roundTrips"] = d.RoundTrips,
            ["jumpAcceptance"] = Number(d.JumpAcceptance),
            ["weights"] = d.Weights is not { } w ? null : new JsonObject
            {
                ["draws"] = w.Draws,
                ["effectiveFraction"] = Number(w.EffectiveFraction),
                ["largestShare"] = Number(w.LargestShare),
                ["paretoShape"] = Number(w.ParetoShape),
                ["largestParetoShape"] = Number(w.LargestParetoShape),
                ["walkersDivergence"] = Number(w.WalkersDivergence),
                ["logNormaliser"] = Number(w.LogNormaliser),
                ["logNormaliserError"] = Number(w.LogNormaliserError),
            },
            ["energyEvaluations"] = d.EnergyEvaluations,
            ["converged"] = d.Converged,
        },
        ["notes"] = new JsonArray([.. r.Notes.Select(n => JsonValue.Create(n))]),
        ["wallSeconds"] = Math.Round(r.WallSeconds, 3),
    };

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
