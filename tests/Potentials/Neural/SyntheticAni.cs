using System.Globalization;
using System.Runtime.InteropServices;
using MolSampling.Potentials.Neural;

namespace MolSampling.Tests.Potentials.Neural;

/// <summary>A folder of made-up weights in the form of ANI-1x, H C N O with two small members, which is gone after the test.</summary>
internal sealed class SyntheticAni : IDisposable
{
    private static readonly Lazy<AniWeights> s_weights = new(() =>
    {
        using var folder = new SyntheticAni();
        return AniWeights.Load(folder.Path);
    });

    public SyntheticAni()
    {
        var random = new RandomSource(11);
        for (int member = 0; member < 2; member++)
            foreach (string element in new[] { "H", "C", "N", "O" })
            {
                int inputs = AniModel.OneX.FeatureCount, layer = 0;
                foreach (int outputs in element == "H" ? new[] { 14, 7, 6, 1 } : [9, 12, 5, 1])
                {
                    layer++;
                    double scale = layer == 1 ? 0.3 : 1 / Math.Sqrt(inputs);
                    Write(File(element, layer, "wparam", member), Numbers(inputs * outputs, scale));
                    Write(File(element, layer, "bparam", member), Numbers(outputs, 0.3));
                    inputs = outputs;
                }
            }
        System.IO.File.WriteAllText(SelfEnergies, "H,0=-0.6\nC,1=-38.1\nN,2=-54.7\nO,3=-75.2\n\n");

        float[] Numbers(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(scale * random.NextNormal()))];
    }

    /// <summary>The same for everyone who only reads.</summary>
    public static AniWeights Weights => s_weights.Value;

    public string Path { get; } = Directory.CreateTempSubdirectory("molsampling-ani-").FullName;

    public string SelfEnergies => System.IO.Path.Combine(Path, "sae_linfit.dat");

    public string File(string element, int layer, string kind, int member = 0)
    {
        string networks = System.IO.Path.Combine(Path, $"train{member.ToString(CultureInfo.InvariantCulture)}", "networks");
        Directory.CreateDirectory(networks);
        return System.IO.Path.Combine(networks, $"ANN-{element}.nnf-l{layer.ToString(CultureInfo.InvariantCulture)}.{kind}");
    }

    public static void Write(string file, float[] numbers) =>
        System.IO.File.WriteAllBytes(file, MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray());

    public void Dispose() => Directory.Delete(Path, true);
}
