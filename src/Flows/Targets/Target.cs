using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Flows.Training;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// A density known up to its norm: p(x) = exp(log density(x)) / Z. It states what numbers alone do not tell (convention, units,
/// temperature, measure of Z), has a fingerprint of all of it, and counts its evaluations.
/// </summary>
public abstract class Target
{
    private long _energyCalls;

    /// <summary>Its name in the catalogue.</summary>
    public abstract string Name { get; }

    /// <summary>The formula with its convention, a line; part of the fingerprint.</summary>
    public abstract string Definition { get; }

    /// <summary>D, the number of coordinates.</summary>
    public abstract int Dimension { get; }

    /// <summary>What log Z is meant with respect to.</summary>
    public virtual TargetMeasure Measure => TargetMeasure.Lebesgue;

    /// <summary>Dimensions that <see cref="Measure"/> leaves.</summary>
    public virtual int DegreesOfFreedom => Dimension;

    /// <summary>Of coordinates and energies: "nm, kJ/mol"; "1" for plain numbers.</summary>
    public virtual string Units => "1";

    /// <summary>K; null where energies are in units of kT.</summary>
    public virtual double? Temperature => null;

    /// <summary>The exact value, or null where it is not known.</summary>
    public virtual double? LogZ => null;

    /// <summary>Points that a sampler must not miss, where they are known.</summary>
    public virtual IReadOnlyList<double[]> Modes => [];

    /// <summary>Every number that the density depends on, by name.</summary>
    public abstract IReadOnlyList<(string Name, double[] Values)> Parameters { get; }

    /// <summary>[D] A fixed point.</summary>
    public abstract IReadOnlyList<double> ReferencePoint { get; }

    /// <summary>The log density at <see cref="ReferencePoint"/> as it was computed once and written down.</summary>
    public abstract double ReferenceLogDensity { get; }

    /// <summary>Relative error of a log density that <see cref="Verify"/> lets pass.</summary>
    protected virtual double Tolerance => 1e-9;

    /// <summary>How many samples were evaluated.</summary>
    public long EnergyCalls => Interlocked.Read(ref _energyCalls);

    /// <summary>ln p(x) + ln Z, that is -U/kT, in float64, differentiable. NaN and infinities come out as they are.</summary>
    /// <param name="x">[B, D], float32 or float64.</param>
    /// <returns>[B].</returns>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public Tensor LogDensity(Tensor x)
    {
        Interlocked.Add(ref _energyCalls, Check(x).shape[0]);
        return Evaluate(x);
    }

    /// <summary>U/kT of samples whose log density is known already: minus it. Where the coordinates are not those that U is a function of,
    /// without the Jacobian.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="logDensity">[B] of these.</param>
    /// <returns>[B], float64.</returns>
    public virtual Tensor ReducedEnergy(Tensor x, Tensor logDensity) => -logDensity;

    /// <summary>For training only: the log density with tamed energies, counted as <see cref="LogDensity"/> counts.</summary>
    public LogDensityFunction Capped(EnergyCap cap) => x =>
    {
        Interlocked.Add(ref _energyCalls, Check(x).shape[0]);
        return Evaluate(x, cap);
    };

    /// <summary>Independent exact samples [count, D], float64, or null where there is no way to draw them.</summary>
    public virtual Tensor? Sample(int count, RandomSource random) => null;

    /// <summary>SHA-256 over definition, parameters, units, temperature, measure and the stored log density: two targets with one
    /// fingerprint are one target.</summary>
    public string Fingerprint()
    {
        var text = new StringBuilder();
        void Line(string name, IEnumerable<double> values) =>
            text.Append(CultureInfo.InvariantCulture,
                $"{name}={string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}\n");
        text.Append(CultureInfo.InvariantCulture, $"{Definition}\n{Units}\n{Measure}\n");
        Line("dimension", [Dimension]);
        Line("temperature", Temperature is { } t ? [t] : []);
        foreach ((string name, double[] values) in Parameters)
            Line(name, values);
        // the last digits of a cosine are the platform's
        text.Append(CultureInfo.InvariantCulture, $"log density={ReferenceLogDensity:G10}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Computes the log density at the fixed point again; not counted.</summary>
    /// <exception cref="InvalidDataException">It differs from the stored one by more than the tolerance, relatively: this program computes
    /// another target than it says.</exception>
    public void Verify()
    {
        TorchRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        double computed = Evaluate(tensor(ReferencePoint.ToArray(), [1, Dimension])).item<double>();
        if (!(Math.Abs(computed - ReferenceLogDensity) <= Tolerance * Math.Max(1, Math.Abs(ReferenceLogDensity))))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{Name}: log density {computed:R} at the reference point, stored is {ReferenceLogDensity:R}"));
    }

    /// <summary>The log density of checked coordinates, in the caller's dispose scope.</summary>
    protected abstract Tensor Evaluate(Tensor x);

    /// <summary>The same with tamed energies.</summary>
    protected virtual Tensor Evaluate(Tensor x, EnergyCap cap) => -cap.Apply(-Evaluate(x));

    /// <summary>Samples from a function that draws one.</summary>
    protected Tensor Draw(int count, Action<double[]> one)
    {
        TorchRuntime.EnsureLoaded();
        var all = new double[count * Dimension];
        var x = new double[Dimension];
        for (int b = 0; b < count; b++)
        {
            one(x);
            x.CopyTo(all, b * Dimension);
        }
        return tensor(all, [count, Dimension]);
    }

    private Tensor Check(Tensor x)
    {
        TorchRuntime.EnsureLoaded();
        return x.dim() == 2 && x.shape[1] == Dimension && x.dtype is ScalarType.Float32 or ScalarType.Float64 ? x
            : throw new ArgumentException($"{Name} takes [B, {Dimension}] of float32 or float64, not [{string.Join(", ", x.shape)}] of {x.dtype}.", nameof(x));
    }
}
