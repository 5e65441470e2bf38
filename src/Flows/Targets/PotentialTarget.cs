using MolSampling.Potentials;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>The Boltzmann distribution of a potential at a temperature: log density = -U(x) / RT. The way back is
/// <see cref="TargetPotential"/>.</summary>
public sealed class PotentialTarget : Target
{
    private readonly Potential _potential;
    private readonly ThermodynamicState _state;
    private readonly string _fingerprint;

    /// <summary>Of a potential.</summary>
    /// <param name="name">"aldp/ff96-obc1/300K".</param>
    /// <param name="potential">U; rigid motions must leave it unchanged, unless the measure is another.</param>
    /// <param name="systemFingerprint">Of the energy.</param>
    /// <param name="temperature">K.</param>
    /// <param name="reference">[3N] nm.</param>
    /// <param name="referenceEnergy">U there as it was computed once, kJ/mol; null to compute it now in double precision.</param>
    /// <param name="measure">Of coordinates: modulo rigid motions, or Lebesgue where U holds what it is of in place.</param>
    /// <exception cref="ArgumentException">Another number of coordinates, a potential that knows where it is, or another
    /// measure.</exception>
    public PotentialTarget(string name, Potential potential, string systemFingerprint, double temperature, IReadOnlyList<double> reference,
        double? referenceEnergy = null, TargetMeasure measure = TargetMeasure.ModuloRigidMotions)
    {
        if (measure is not (TargetMeasure.ModuloRigidMotions or TargetMeasure.Lebesgue))
            throw new ArgumentException($"{name}: a potential has no measure {measure}.");
        Measure = measure;
        if (reference.Count != 3 * potential.AtomCount || potential.IsTranslationInvariant != (measure == TargetMeasure.ModuloRigidMotions))
            throw new ArgumentException($"{name}: a reference of {3 * potential.AtomCount} coordinates, not {reference.Count}, and a potential that rigid motions leave unchanged.");
        (Name, _potential, _fingerprint, _state, ReferencePoint) = (name, potential, systemFingerprint, new(temperature), reference);
        ReferenceLogDensity = -_state.Beta * (referenceEnergy ?? potential.EvaluateDouble([.. reference], new double[reference.Count]));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>U of exp(-U/RT).</summary>
    public Potential Potential => _potential;

    /// <inheritdoc/>
    public override string Definition => $"log density = -U / RT of the system {_fingerprint}";

    /// <inheritdoc/>
    public override int Dimension => 3 * _potential.AtomCount;

    /// <inheritdoc/>
    public override TargetMeasure Measure { get; }

    /// <inheritdoc/>
    public override int DegreesOfFreedom => Measure == TargetMeasure.Lebesgue ? Dimension : Dimension - 6;

    /// <inheritdoc/>
    public override string Units => "nm, kJ/mol";

    /// <inheritdoc/>
    public override double? Temperature => _state.Temperature;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters => [("R", [Potentials.Units.GasConstant])];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint { get; }

    /// <inheritdoc/>
    public override double ReferenceLogDensity { get; }

    /// <summary>Blocks are in single precision.</summary>
    protected override double Tolerance => 1e-4;

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return (_potential.Energy(x.reshape(-1, _potential.AtomCount, 3)) * -_state.Beta).MoveToOuterDisposeScope();
    }
}
